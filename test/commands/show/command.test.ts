/** The command line of `recollect show`, and what is wrong with photographs. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasFont } from '../../../infra/commands/show/draw.ts';
import { show } from '../../../infra/commands/show/show.ts';
import { ShowError } from '../../../infra/commands/show/show-error.ts';
import { Inference } from '../../../layers/inference/index.ts';
import { noFace, sample } from '../../support/photos.ts';
import { ran } from '../../support/recollect.ts';

describe('the command line', () => {
  it.each([
    [[], 'Say which photograph'],
    [['a.jpg'], 'Say which picture to write, or ask for --json.'],
    [['a.jpg', 'b.png', 'c.png'], 'What is "c.png"?'],
    [['a.jpg', 'b.gif'], 'must end in .png or .jpg'],
    [['a.jpg', 'b'], 'must end in .png or .jpg'],
    [['a.jpg', 'b.png', '--big'], "Unknown option '--big'"],
    [['a.jpg', './a.jpg'], 'is not written over'],
  ])('is refused: %j', async (args, problem) => {
    const { code, said } = await ran(['show', ...args]);
    expect(said).toContain(problem);
    expect(code).toBe(2);
  });
});

describe('a photograph', () => {
  const inference = new Inference({
    models: path.resolve(import.meta.dirname, '../../../models'),
    threads: 1,
  });
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'recollect-show-'));
  });
  afterAll(async () => {
    await inference.close();
    await rm(folder, { recursive: true });
  });

  const file = (name: string) => path.join(folder, name);
  const refusal = async (name: string) => {
    const error: unknown = await show({ photo: file(name), out: file('out.png') }, inference).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ShowError);
    expect(await readdir(folder)).not.toContain('out.png');
    return String(error);
  };

  it('is shown in its own height, with the text beside it', async () => {
    const photo = await sharp(await sample(3))
      .resize(1200)
      .jpeg()
      .toBuffer();
    await writeFile(file('women.jpg'), photo);
    const request = { photo: file('women.jpg'), out: file('women.png') };
    const printed = (await show(request, inference)).lines.join('\n');
    const [before, after] = [
      await sharp(photo).metadata(),
      await sharp(file('women.png')).metadata(),
    ];
    expect(after).toMatchObject({ format: 'png', height: before.height });
    expect((after.width ?? 0) > (before.width ?? 0)).toBe(await hasFont());
    expect(printed).toMatch(/^#1\n {2}face 100%\n/);
    expect(printed).toMatch(/#3\n/);
    expect(printed).toContain('women.png shows 3 faces.');
    expect(printed.includes('no fonts')).toBe(!(await hasFont()));
  });

  it('is shown without text where there is no font, and the reader is told so', async () => {
    const command = { photo: file('women.jpg'), out: file('plain.jpg') };
    const { lines } = await show(command, inference, { font: false });
    expect(lines.join('\n')).toContain('This machine has no fonts');
    expect((await sharp(file('plain.jpg')).metadata()).format).toBe('jpeg');
  });

  it('that is not there is named', async () => {
    expect(await refusal('missing.jpg')).toMatch(/missing\.jpg cannot be read: ENOENT/);
  });

  it('that is no image is named', async () => {
    await writeFile(file('notes.jpg'), 'no image at all');
    expect(await refusal('notes.jpg')).toMatch(/notes\.jpg: The image is neither JPEG nor PNG\.$/);
  });

  it('without a face writes nothing', async () => {
    await writeFile(
      file('hills.png'),
      await sharp(await noFace())
        .png()
        .toBuffer(),
    );
    expect(await refusal('hills.png')).toMatch(/no face in .*hills\.png; nothing is written\.$/);
  });

  it('is not shown in a folder that is none', async () => {
    const out = file('none/out.png');
    await expect(show({ photo: file('women.jpg'), out }, inference)).rejects.toThrow(
      /cannot be written: ENOENT/,
    );
  });
});
