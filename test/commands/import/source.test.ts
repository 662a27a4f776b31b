/** Which photographs a folder has, and what is sent of them. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inlineImage } from '../../../infra/commands/import/inline-image.ts';
import { FolderSource } from '../../../infra/commands/import/source.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'recollect-import-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('a folder', () => {
  it('has the photographs that are in it, deep down, always in the same order', async () => {
    await mkdir(path.join(directory, 'b/ü'), { recursive: true });
    await mkdir(path.join(directory, '.hidden'));
    for (const file of [
      'z.JPG',
      'a.png',
      'b/1.jpeg',
      'b/ü/2.jpg',
      'notes.txt',
      '.x.jpg',
      '.hidden/y.jpg',
    ]) {
      await writeFile(path.join(directory, file), file);
    }
    await symlink(path.join(directory, 'a.png'), path.join(directory, 'link.png'));
    await symlink(directory, path.join(directory, 'circle.jpg'));
    await symlink(path.join(directory, 'nothing'), path.join(directory, 'broken.jpg'));
    const names: string[] = [];
    for await (const { name } of new FolderSource(directory).photographs()) names.push(name);
    expect(names).toEqual(['a.png', 'b/1.jpeg', 'b/ü/2.jpg', 'link.png', 'z.JPG']);
  });

  it('has another version of a photograph that is replaced', async () => {
    const file = path.join(directory, 'a.jpg');
    await writeFile(file, 'one');
    const { value: photograph } = await new FolderSource(directory).photographs().next();
    if (photograph === undefined) throw new Error('The folder is empty.');
    const before = await photograph.version();
    await writeFile(file, 'other');
    expect(await photograph.version()).not.toBe(before);
    expect((await photograph.image()).Bytes).toEqual(await readFile(file));
  });
});

describe('a photograph that is too large for a request', () => {
  it('is sent smaller, upright', async () => {
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 };
    const large = await sharp({
      create: { width: 2600, height: 1800, channels: 3, background: 'grey', noise },
    })
      .jpeg({ quality: 100 })
      .withExif({ IFD0: { Orientation: '6' } })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    expect(large.length).toBeGreaterThan(4.4 * 1024 * 1024);
    const small = await inlineImage(large);
    expect(small.length).toBeLessThan(large.length);
    expect(await sharp(small).metadata()).toMatchObject({
      format: 'jpeg',
      width: 1800,
      height: 2600,
    });
  });

  it('is sent as it is if it is small, or no photograph at all', async () => {
    const small = Buffer.from('small');
    expect(await inlineImage(small)).toBe(small);
    const large = Buffer.alloc(5 * 1024 * 1024, 'no image');
    expect(await inlineImage(large)).toBe(large);
  });
});
