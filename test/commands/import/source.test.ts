/** Which photographs a folder has, and what is sent of them. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { externalImageIdOf } from '../../../functions/common/external-ids.ts';
import { bytesOf, shown, textOf } from '../../../infra/commands/import/file-name.ts';
import { FolderSource } from '../../../infra/commands/import/folder-source.ts';
import { inlineImage } from '../../../infra/commands/import/inline-image.ts';
import { type PassedOver, PassedOverCount } from '../../../infra/commands/import/passed-over.ts';
import type { Photograph } from '../../../infra/commands/import/source.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'recollect-import-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function all(source: FolderSource): Promise<Photograph[]> {
  const photographs: Photograph[] = [];
  for await (const photograph of source.photographs()) photographs.push(photograph);
  return photographs;
}

describe('a name', () => {
  it('is the same bytes again, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const text = textOf(Buffer.from(bytes));
        expect(bytesOf(text)).toEqual(Buffer.from(bytes));
        expect(JSON.parse(JSON.stringify(text))).toBe(text);
      }),
    );
  });

  it('is the text itself, if it is one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(textOf(Buffer.from(text))).toBe(text);
        expect(bytesOf(text)).toEqual(Buffer.from(text));
        expect(shown(text)).toBe(text);
      }),
    );
  });
});

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
    const passed = new PassedOverCount();
    const photographs = new FolderSource(directory).photographs(passed.add);
    for await (const { name } of photographs) names.push(name);
    expect(names).toEqual(['a.png', 'b/1.jpeg', 'b/ü/2.jpg', 'link.png', 'z.JPG']);
    expect(passed.counts).toEqual({ hidden: 2, ending: 1, link: 2 });
    expect(passed.lines()).toEqual([
      '1 passed over: the name does not end as that of a JPEG or PNG does (.txt 1).',
      '2 passed over: the name begins with a dot.',
      '2 passed over: a link that leads to no file.',
    ]);
  });

  it('goes on past a folder that cannot be read', async () => {
    for (const folder of ['a', 'b', 'c']) {
      await mkdir(path.join(directory, folder));
      await writeFile(path.join(directory, folder, '1.jpg'), folder);
    }
    const passed: PassedOver[] = [];
    const names: string[] = [];
    for await (const { name } of new FolderSource(directory).photographs((one) =>
      passed.push(one),
    )) {
      names.push(name);
      // Nobody may read it, or, for those who may read everything, it is gone.
      await rm(path.join(directory, 'b'), { recursive: true, force: true });
    }
    expect(names).toEqual(['a/1.jpg', 'c/1.jpg']);
    expect(passed).toEqual([{ name: 'b', why: 'unreadable', reason: 'it is gone' }]);
  });

  it('is not there, or is a file', async () => {
    const file = path.join(directory, 'a.jpg');
    await writeFile(file, 'a');
    const first = (folder: string) => new FolderSource(folder).photographs().next();
    await expect(first(path.join(directory, 'nothing'))).rejects.toThrow('ENOENT');
    await expect(first(file)).rejects.toThrow('ENOTDIR');
  });

  it.runIf(process.platform === 'linux')('may have names that are not UTF-8', async () => {
    const folder = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xe9, 0x74, 0xe9])]);
    await mkdir(folder);
    const file = Buffer.concat([
      folder,
      Buffer.from('/a'),
      Buffer.from([0xff]),
      Buffer.from('.jpg'),
    ]);
    await writeFile(file, 'one');
    await writeFile(Buffer.concat([folder, Buffer.from('/empty.jpg')]), '');
    const photographs = await all(new FolderSource(directory));
    expect(photographs.map(({ name }) => shown(name))).toEqual([
      '\\xE9t\\xE9/a\\xFF.jpg',
      '\\xE9t\\xE9/empty.jpg',
    ]);
    const [one, empty] = photographs;
    expect(await one?.version()).toMatch(/^3-/);
    expect((await one?.image())?.Bytes).toEqual(Buffer.from('one'));
    expect(JSON.parse(JSON.stringify(one?.name))).toBe(one?.name);
    expect(externalImageIdOf(bytesOf(one?.name ?? ''))).toBe(':E9t:E9::a:FF.jpg');
    await expect(empty?.image()).rejects.toThrow('The file is empty.');
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

  it('is sent as it is if it is small', async () => {
    const small = Buffer.from('small');
    expect(await inlineImage(small)).toBe(small);
  });

  it('follows the rules of the service: neither a TIFF nor anything else becomes a JPEG', async () => {
    const tiff = await sharp({
      create: { width: 1600, height: 1200, channels: 3, background: 'grey' },
    })
      .tiff({ compression: 'none' })
      .toBuffer();
    expect(tiff.length).toBeGreaterThan(4.4 * 1024 * 1024);
    for (const large of [tiff, Buffer.alloc(5 * 1024 * 1024, 'no image')]) {
      await expect(inlineImage(large)).rejects.toMatchObject({
        name: 'UnusableError',
        code: 'InvalidImageFormatException',
      });
    }
  });
});
