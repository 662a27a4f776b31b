/** The console as it is served: what is committed is what its sources give, small, and closed to everything else. */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { consoleFile } from '../../functions/console/console.ts';
import { buildPage, pageModule } from '../../infra/console/build.ts';

describe('the page', () => {
  it('is what its sources give', async () => {
    const committed = new URL('../../functions/console/page.ts', import.meta.url);
    expect(await readFile(committed, 'utf8')).toBe(pageModule(await buildPage()));
  });

  it('takes less than 60 kB to load', async () => {
    const sizes = Object.values(await buildPage()).map((text) => gzipSync(text).length);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(60_000);
  });

  it('names no other address', async () => {
    const { 'console.js': script, ...others } = await buildPage();
    expect(JSON.stringify(others).replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
      /https?:/,
    );
    // Namespaces of SVG and MathML, by which the page's library makes elements.
    const addresses = new Set(script.match(/https?:\/\/[^"'`\s]+/g));
    for (const address of addresses) expect(address).toMatch(/^http:\/\/www\.w3\.org\//);
  });
});

describe('consoleFile', () => {
  it('serves the page and its parts, and nothing else', () => {
    const types = ['', 'index.html', 'console.js', 'style.css', 'icon.svg'].map(
      (name) => consoleFile(`/console/${name}`)?.headers['Content-Type'],
    );
    expect(types).toEqual([
      'text/html; charset=utf-8',
      'text/html; charset=utf-8',
      'text/javascript; charset=utf-8',
      'text/css; charset=utf-8',
      'image/svg+xml',
    ]);
    for (const path of [
      '/',
      '/console/..',
      '/console/toString',
      '/console/page.ts',
      '/consoles/',
    ]) {
      expect(consoleFile(path)).toBeUndefined();
    }
  });

  it('allows its own scripts, styles and calls, blobs for pictures, and no frame', () => {
    const policy = consoleFile('/console/')?.headers['Content-Security-Policy']?.split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ]),
    );
    expect(policy?.join()).not.toMatch(/unsafe|\*|https?:/);
  });

  it('is sent once while it stays the same', () => {
    const { headers, status } = consoleFile('/console/console.js')!;
    expect(status).toBe(200);
    expect(consoleFile('/console/console.js', headers['ETag'])).toMatchObject({
      status: 304,
      body: '',
    });
  });

  it('leads from the folder without a slash to the one with', () => {
    expect(consoleFile('/console')).toMatchObject({
      status: 308,
      headers: { Location: 'console/' },
    });
  });
});
