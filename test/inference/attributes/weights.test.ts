/** The file of the heads' weights: what was written is read, and nothing else is. */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scoresOf } from '../../../layers/inference/attributes/head.ts';
import {
  formatHeads,
  parseHeads,
  WeightsError,
} from '../../../layers/inference/attributes/weights.ts';

const text = await readFile(new URL('../../../models/attributes.json', import.meta.url), 'utf8');

describe('parseHeads', () => {
  test('reads the file of this repository, which is as it would be written', () => {
    expect(formatHeads(parseHeads(text))).toBe(text);
  });

  test('refuses what was cut anywhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.trimEnd().length - 1 }), (length) => {
        expect(() => parseHeads(text.slice(0, length))).toThrow(WeightsError);
      }),
      { numRuns: 20 },
    );
  });

  test('refuses a single character that was changed', () => {
    const within = fc.integer({ min: text.indexOf('weights'), max: text.length - 20 });
    fc.assert(
      fc.property(within, (at) => {
        const was = text[at]!;
        if (/\s/.test(was)) return;
        const damaged = text.slice(0, at) + (was === '7' ? '8' : '7') + text.slice(at + 1);
        expect(() => parseHeads(damaged)).toThrow(WeightsError);
      }),
      { numRuns: 50 },
    );
  });

  test.each(['', 'null', '[]', '{}', '{"heads":{}}', '{"sha256":"","heads":null}'])(
    'refuses %j',
    (other) => {
      expect(() => parseHeads(other)).toThrow(WeightsError);
    },
  );

  test('refuses heads that lack something, whatever their digest', () => {
    const heads = parseHeads(text);
    const { smile } = heads;
    const short = { ...smile, weights: [smile.weights[0]!.subarray(1)] };
    expect(() => parseHeads(formatHeads({ ...heads, smile: short }))).toThrow(/smile needs/);
    const infinite = { ...smile, biases: [Number.POSITIVE_INFINITY] };
    expect(() => parseHeads(formatHeads({ ...heads, smile: infinite }))).toThrow(WeightsError);
    const none = { ...smile, weights: [], biases: [] };
    expect(() => parseHeads(formatHeads({ ...heads, emotion: none }))).toThrow(/emotion/);
  });
});

test('a score is the bias and every number times its weight, block after block', () => {
  const head = {
    blocks: ['shape', 'expression'] as const,
    weights: [Float32Array.of(1, 2, 4), Float32Array.of(0, -1, 0.5)],
    biases: [10, 0.25],
  };
  expect(scoresOf(head, [[3, 5], [7]])).toEqual([10 + 3 + 10 + 28, 0.25 - 5 + 3.5]);
});
