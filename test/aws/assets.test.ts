/** What bundles and layer hold. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../functions/operations.ts';
import { type Bundles, bundle } from '../../infra/aws/assets/bundles.ts';
import { entries } from '../../infra/aws/assets/entries.ts';
import { buildLayer } from '../../infra/aws/assets/layer.ts';
import { combined, servicesOf } from '../../infra/aws/declared-services.ts';
import manifest from '../../models/manifest.json' with { type: 'json' };

describe('bundles', () => {
  const chosen = ['ListFaces', 'SearchFaces', 'DetectFaces', 'Sweep'];
  let folder: string;
  let bundles: Bundles;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'recollect-bundles-'));
    const all = entries(operations);
    bundles = await bundle(new Map([...all].filter(([name]) => chosen.includes(name))), folder);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The files of which anything is left in a bundle. */
  const inputs = (name: string) => {
    const output = Object.entries(bundles.metafile.outputs).find(([file]) =>
      file.endsWith(`${name}/index.mjs`),
    );
    return Object.entries(output?.[1].inputs ?? {})
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([file]) => file);
  };
  const inference = (name: string) =>
    inputs(name).filter((file) => /^(layers\/inference|models)\/|^native:/.test(file));

  it('of ListFaces has nothing of inference but the names of its errors, nor of S3 and SQS', () => {
    expect(inference('ListFaces')).toEqual(['layers/inference/errors.ts']);
    expect(inputs('ListFaces').filter((file) => /client-(s3|sqs)/.test(file))).toEqual([]);
  });

  it('of SearchFaces has the calibration beside', () => {
    expect(inference('SearchFaces').sort()).toEqual([
      'layers/inference/calibration.ts',
      'layers/inference/convention.ts',
      'layers/inference/errors.ts',
      'layers/inference/face-model.ts',
      'layers/inference/similarity-scale.ts',
      'models/manifest.json',
    ]);
  });

  it('of SearchFaces has the search kernel in it, that of ListFaces has not', () => {
    expect(inputs('SearchFaces')).toContain('layers/vectors/kernel/binary.ts');
    // What an error is called in the API is said in one place, for all functions.
    const vectors = inputs('ListFaces').filter((file) => file.startsWith('layers/vectors'));
    expect(vectors).toEqual(['layers/vectors/fanout/errors.ts']);
  });

  it('run the search kernel', async () => {
    const program = `export { createInstance } from './layers/vectors/kernel/instance.ts';`;
    const probe = await bundle(new Map([['Probe', program]]), path.join(folder, 'probe'));
    const file = pathToFileURL(path.join(probe.folder('Probe'), 'index.mjs')).href;
    const { createInstance } = (await import(file)) as { createInstance(bytes: number): unknown };
    expect(createInstance(1)).toBeDefined();
  });

  it('of DetectFaces has inference, and nothing of DynamoDB and SQS', () => {
    expect(inference('DetectFaces')).toContain('layers/inference/inference.ts');
    expect(inference('DetectFaces')).toContain('native:onnxruntime-node');
    expect(inputs('DetectFaces').filter((file) => /client-(dynamodb|sqs)\//.test(file))).toEqual(
      [],
    );
  });

  it('are one module and its source map, without the sources', async () => {
    for (const name of chosen) {
      expect((await readdir(bundles.folder(name))).sort()).toEqual(['index.mjs', 'index.mjs.map']);
      const { size } = await stat(path.join(bundles.folder(name), 'index.mjs'));
      expect(size).toBeLessThan(1024 * 1024);
    }
    expect(() => bundles.folder('IndexFaces')).toThrow(RangeError);
  });

  it('are one for each operation, the dispatcher, and those without requests', () => {
    expect([...entries(operations).keys()].sort()).toEqual(
      [
        ...operations.map(({ name }) => name),
        'Dispatcher',
        'Erase',
        'Fold',
        'Ingest',
        'Purge',
        'Scan',
        'Sweep',
        'Video',
      ].sort(),
    );
  });
});

describe('what a function needs', () => {
  const NOTHING = {
    records: [],
    shards: 'none',
    images: false,
    inference: false,
    faceModels: false,
    signing: false,
    audit: false,
    jobs: [],
  } as const;

  it('is nothing for an operation that declares nothing', () => {
    expect(servicesOf(NOTHING)).toEqual([]);
  });

  it('of several operations is what any of them needs', () => {
    const reader = { ...NOTHING, records: ['Query', 'GetItem'], shards: 'read' } as const;
    const writer = { ...NOTHING, records: ['PutItem', 'GetItem'], images: true } as const;
    const both = {
      records: ['GetItem', 'PutItem', 'Query'],
      shards: 'read',
      images: true,
      inference: false,
      faceModels: false,
      signing: false,
      audit: false,
      jobs: [],
    };
    expect(combined([reader, writer])).toEqual(both);
    expect(combined([])).toEqual(NOTHING);
  });
});

describe.runIf(process.platform === 'linux')('the layer for this machine', () => {
  it('holds packages and models, under 120 MiB, and is built once', async () => {
    const { arch } = process;
    if (arch !== 'x64' && arch !== 'arm64') throw new Error(`No layer runs on ${arch}.`);
    const layer = await buildLayer(arch);
    const files = await readdir(layer, { recursive: true, withFileTypes: true });
    const sizes = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map(async (file) => (await stat(path.join(file.parentPath, file.name))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(120 * 1024 * 1024);
    // The code imports the canonical face; the rest is read when it is needed.
    const models = manifest.files.map(({ file }) => file).filter((file) => !/^canon/.test(file));
    expect(models).toContain('attributes.json');
    expect((await readdir(path.join(layer, 'models'))).sort()).toEqual([...models].sort());
    const before = (await stat(layer)).mtimeMs;
    expect((await stat(await buildLayer(arch))).mtimeMs).toBe(before);
  }, 120_000);
});
