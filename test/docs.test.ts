/** What the documents say is there: operations, settings, commands, files, links; and the README's commands run. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiOperations, extensions } from '../functions/operations.ts';
import { readConfiguration } from '../infra/aws/configuration.ts';
import { flagOf } from '../infra/commands/extensions/flags.ts';
import { commands } from '../infra/commands/table.ts';
import manifest from '../package.json' with { type: 'json' };
import { present } from './support/programs.ts';
import { recollect } from './support/recollect.ts';
import { startStack, type TestStack } from './support/stack.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFile(path.join(ROOT, file), 'utf8');

const markdown = (await readdir(ROOT, { recursive: true }))
  .filter((file) => file.endsWith('.md') && !/(^|\/)(node_modules|\.[a-z])/.test(file))
  .sort();

describe('COMPATIBILITY.md', () => {
  it('has every operation in its table, and says of no other that it is served', async () => {
    const table = (await read('COMPATIBILITY.md')).split('## Operations')[1]?.split('\n## ')[0];
    const rows = (table ?? '').split('\n').filter((line) => line.startsWith('|'));
    const served = rows
      .map((row) => row.split('|').map((cell) => cell.trim()))
      .filter(([, , answer]) => answer === 'yes')
      .flatMap(([, names = '']) => names.split(', '));
    expect(served.sort()).toEqual(apiOperations.map(({ name }) => name).sort());
  });
});

describe('README.md', () => {
  it('counts the operations', async () => {
    const ones = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
    const number = `twenty-${ones[apiOperations.length - 21]}`;
    expect(await read('README.md')).toContain(`${number} operations`);
  });

  it('has no more than a screen or two', async () => {
    expect((await read('README.md')).split('\n').length).toBeLessThanOrEqual(120);
  });
});

describe('docs/extensions.md', () => {
  it('has every extension in its table, with its command', async () => {
    const table = (await read('docs/extensions.md')).split('## Table')[1]?.split('\n## ')[0] ?? '';
    const rows = table.split('\n').filter((line) => line.startsWith('| `'));
    const cells = rows.map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')));
    expect(cells.map(([, name, command]) => [name, command])).toEqual(
      extensions.map(({ name }) => [name, `recollect ${flagOf(name)}`]),
    );
  });
});

describe('docs/deploy.md', () => {
  it('has every setting of the stack in its table, and no other', async () => {
    const table = (await read('docs/deploy.md')).split('## Settings')[1]?.split('\n## ')[0] ?? '';
    const rows = table.split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([a-zA-Z]+)`/g)].map(([, name]) => name),
    );
    expect(named.sort()).toEqual(Object.keys(readConfiguration({})).sort());
  });
});

describe('design.md', () => {
  it('names tests that there are', async () => {
    const named = [...(await read('docs/design.md')).matchAll(/`(test\/[^`]+\.ts)`/g)];
    expect(named.length).toBeGreaterThan(10);
    for (const [, file] of named)
      expect(existsSync(path.join(ROOT, String(file))), file).toBe(true);
  });

  it('has a reason for every dependency', async () => {
    const text = (await read('docs/design.md')).split('## Dependencies')[1] ?? '';
    const packages = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    const isNamed = (name: string) =>
      text.includes(name) ||
      text.includes(name.replace(/^@[^/]+\//, '')) ||
      text.includes(`${name.split('/')[0]}/*`);
    expect(packages.filter((name) => !isNamed(name))).toEqual([]);
  });
});

describe.each(markdown)('%s', (file) => {
  it('links to what there is', async () => {
    const text = withoutCode(await read(file));
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [where = '', anchor] = target.split('#');
      const linked = where === '' ? file : path.join(path.dirname(file), where);
      expect(existsSync(path.join(ROOT, linked)), `${file}: ${target}`).toBe(true);
      if (anchor === undefined) continue;
      expect(anchorsOf(await read(linked)), `${file}: ${target}`).toContain(anchor);
    }
  });

  it('names commands that there are', async () => {
    const text = await read(file);
    for (const [whole, script = ''] of text.matchAll(
      /npm run (?:--silent |-s )?([a-z][a-z:-]*)/g,
    )) {
      if (script.endsWith(':')) continue;
      expect(Object.keys(manifest.scripts), `${file}: ${whole}`).toContain(script);
    }
    const names = commands.map(({ name }) => name);
    for (const [whole, one = '', two] of text.matchAll(
      /npx recollect ([a-z][a-z-]*)(?: ([a-z]+)\b)?/g,
    )) {
      const isThere = names.includes(one) || names.some((name) => name.startsWith(`${one} `));
      expect(isThere || names.includes(`${one} ${two}`), `${file}: ${whole}`).toBe(true);
    }
  });
});

describe.runIf(present('aws', ['--version']))("the README's three calls", () => {
  let stack: TestStack;
  let folder: string;
  beforeAll(async () => {
    stack = await startStack();
    folder = await mkdtemp(path.join(tmpdir(), 'recollect-readme-'));
    await recollect(['samples', path.join(folder, 'samples')]);
  });
  afterAll(async () => {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('answer what they say', { timeout: 120_000 }, async () => {
    const text = (await read('README.md')).split('## Three calls')[1] ?? '';
    const block = /```\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    const asked = block.replaceAll('\\\n', ' ').split(/^\$ /m).slice(1);
    expect(asked.length).toBeGreaterThanOrEqual(5);
    const script: string[] = [];
    const said: string[] = [];
    for (const one of asked) {
      const [line = '', ...answer] = one.trimEnd().split('\n');
      script.push(line.replaceAll('http://127.0.0.1:8000', stack.endpoint));
      said.push(...answer);
    }
    const { stdout } = await promisify(execFile)('sh', ['-ec', script.join('\n')], {
      cwd: folder,
      env: { ...process.env, AWS_CONFIG_FILE: 'none', AWS_PAGER: '' },
    });
    expect(stdout.trim().split('\n')).toEqual(said);
  });
});

describe('CONTRIBUTING.md', () => {
  it('knows every layer', async () => {
    const row = (await read('CONTRIBUTING.md'))
      .split('\n')
      .find((l) => l.startsWith('| `layers/`'));
    const named = [...(row ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name);
    expect(named.sort()).toEqual((await readdir(path.join(ROOT, 'layers'))).sort());
  });
});

function withoutCode(text: string): string {
  return text.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '');
}

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
