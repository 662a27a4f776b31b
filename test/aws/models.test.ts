/** Face models of the owner on AWS: where each lies, who may read it, and what is said of it. */
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { memoryFor, place } from '../../infra/aws/placement.ts';
import type { InstalledModel } from '../../infra/models/installed.ts';
import { BUILT_IN_ENTRIES, USUAL_CONVENTION } from '../../layers/inference/index.ts';
import { functionProperties } from '../support/lambda-host.ts';
import { permissions, synthesise } from './template.ts';

const MB = 1_000_000;
const LAYER = 110 * MB;

const model = (version: string, megabytes: number): InstalledModel => ({
  version,
  dimension: 512,
  embedder: {
    file: 'model.onnx',
    bytes: megabytes * MB,
    sha256: version.padEnd(64, '0'),
    convention: { ...USUAL_CONVENTION, input: 'data', output: 'fc1' },
  },
  calibration: BUILT_IN_ENTRIES[0]!.calibration,
  licence: { name: 'Apache-2.0', commercial: true },
  origin: 'test',
  millisecondsPerFace: 150,
});

describe('models go', () => {
  it('into the layer while it is small enough for Lambda, the small ones first', () => {
    const placed = place([model('c', 261), model('a', 66), model('b', 90)], LAYER);
    expect(placed.map(({ entry, place }) => [entry.version, place])).toEqual([
      ['a', 'layer'],
      // 110 + 66 + 90 MB are more than the 251 that Lambda takes with some room left.
      ['b', 'bucket'],
      ['c', 'bucket'],
    ]);
    expect(placed.map(({ entry }) => entry.embedder.file)).toEqual([
      'a.onnx',
      `s3:${'b'.padEnd(64, '0')}.onnx`,
      `s3:${'c'.padEnd(64, '0')}.onnx`,
    ]);
  });

  it('with memory for the largest of them, and no more than Lambda has', () => {
    expect(memoryFor(1769, [])).toBe(1769);
    const large = memoryFor(1769, place([model('large', 261)], LAYER));
    expect(large).toBeGreaterThan(1769 + 2 * 249);
    expect(large % 64).toBe(0);
    expect(memoryFor(10_000, place([model('large', 900)], LAYER))).toBe(10_240);
  });
});

describe('a stack with a model that is too large for the layer', () => {
  const added = place([model('large', 261)], LAYER);
  const synthesised = synthesise({ uploads: true }, added);
  const key = `${'large'.padEnd(64, '0')}.onnx`;
  const READ = `s3:GetObject ModelsBucket/${key}`;
  const ofModels = (name: string) =>
    permissions(synthesised, name).filter((each) => each.includes('Models'));

  it('has a bucket, from which whoever runs models may read that object, and nobody else anything', () => {
    for (const name of [
      'IndexFaces',
      'SearchFacesByImage',
      'CompareFaces',
      'Dispatcher',
      'Ingest',
    ]) {
      expect(ofModels(name), name).toEqual([READ]);
    }
    for (const name of ['SearchFaces', 'ListFaces', 'CreateCollection', 'Fold', 'Sweep', 'Scan0']) {
      expect(ofModels(name), name).toEqual([]);
    }
  });

  it('gives functions that run models the memory, and the others what they had', () => {
    const template = { Resources: synthesised.resources };
    const memory = (name: string) => functionProperties(template, name).MemorySize;
    expect(memory('IndexFaces')).toBe(memoryFor(1769, added));
    expect(memory('SearchFaces')).toBe(1769);
    expect(memory('ListFaces')).toBe(1024);
  });

  it('says size, place, cold start and price', () => {
    Annotations.fromStack(synthesised.stack).hasInfo(
      '*',
      Match.stringLikeRegexp(
        'Face model large: 261 MB, in the bucket of the stack; .* \\d+ MB, a cold start takes about [\\d.]+ s, .* [\\d.]+ cents',
      ),
    );
  });
});

describe('a stack whose models fit into the layer', () => {
  it('has no bucket for them', () => {
    const synthesised = synthesise({}, place([model('small', 40)], LAYER));
    expect(Object.keys(synthesised.resources).filter((id) => id.startsWith('Models'))).toEqual([]);
    expect(permissions(synthesised, 'IndexFaces').join()).not.toContain('Models');
  });
});
