/** The manifest against the files that lie beside it, and against what the networks themselves declare. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { RECIPES } from '../../models/build/recipes/index.ts';
import manifest from '../../models/manifest.json' with { type: 'json' };
import { openModel } from './support/runtime.ts';

/** The files that no package carries: `npm run models:train`, `:roll` and `:visibility` make them. */
const FITTED = ['attributes.json', 'roll.onnx', 'visibility.onnx'];

const FOLDER = new URL('../../models/', import.meta.url);

describe.each(manifest.files)('$file', ({ file, bytes, sha256, card, origin }) => {
  it('has the size and the SHA-256 of its entry', async () => {
    const content = await readFile(new URL(file, FOLDER));
    expect(content).toHaveLength(bytes);
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
  });

  it.skipIf(FITTED.includes(file))('names the package that its recipe takes', () => {
    const source = RECIPES.find((recipe) => recipe.file === file)?.source;
    expect(origin.package).toBe(`${source?.name}@${source?.version}`);
  });

  it('has a card that names it', async () => {
    expect(await readFile(new URL(card, FOLDER), 'utf8')).toContain(file);
  });
});

const networks = manifest.files.filter(({ file }) => file.endsWith('.onnx'));

describe.each(networks)('$file', ({ file, inputs, outputs }) => {
  it('loads, with the declared inputs and outputs', async () => {
    const { inputMetadata, outputMetadata } = await openModel(file);
    const declared = [inputs, outputs].map((ports) =>
      ports.map(({ name, shape }) => ({ name, shape, type: 'float32', isTensor: true })),
    );
    expect([inputMetadata, outputMetadata]).toEqual(declared);
  });
});

describe('manifest.json', () => {
  it('lists every network and every recipe', async () => {
    const listed = manifest.files.map(({ file }) => file);
    const networks = (await readdir(FOLDER)).filter((file) => file.endsWith('.onnx'));
    expect(listed).toEqual(expect.arrayContaining(networks));
    const made = [...RECIPES.map(({ file }) => file), ...FITTED];
    expect(listed.toSorted()).toEqual(made.toSorted());
  });

  it('describes face models by files that it lists', () => {
    const listed = manifest.files.map(({ file }) => file);
    for (const { detector, landmarks, embedder, dimension } of manifest.faceModels) {
      expect(listed).toEqual(expect.arrayContaining([detector, landmarks, embedder]));
      const network = manifest.files.find(({ file }) => file === embedder);
      expect(network?.outputs[0]?.shape).toEqual(['N', dimension]);
    }
  });

  it('is followed by the notice', async () => {
    const notice = await readFile(new URL('NOTICE.md', FOLDER), 'utf8');
    for (const { file, origin, licence } of manifest.files) {
      expect(notice).toContain(file);
      expect(notice).toContain(origin.package);
      expect(notice).toContain(origin.upstream);
      expect(notice).toContain(licence);
    }
  });
});
