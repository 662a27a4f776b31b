/** What the bench of conditions counts, and how it is written down. */
import { describe, expect, test } from 'vitest';
import {
  cosineText,
  fractionText,
  namesOf,
  percent,
  percentOfFew,
  rate,
  table,
} from './markdown.ts';
import { failures } from './people-tables.ts';
import { pooled, ratesOf, type Subject } from './rates.ts';

describe('rates', () => {
  const vector = (angle: number) =>
    Float32Array.from([Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]);
  const subject = (
    person: string,
    enrolled: number,
    seen?: { readonly at: number; readonly auto?: boolean; readonly rollError?: number },
  ): Subject => ({
    person,
    enrolled: vector(enrolled),
    sights: new Map(
      seen
        ? [['x', { vector: vector(seen.at), auto: true, rollError: 0, ...seen }]]
        : ([] as const),
    ),
  });

  test('count people, faces and pairs by hand', () => {
    const people = [
      subject('a', 0, { at: 10 }),
      subject('b', 90, { at: 20, auto: false, rollError: 31 }),
      subject('c', 180, { at: 150, rollError: 30 }),
      subject('d', 270),
    ];
    // From 45 degrees and from 20 degrees on.
    const { found, auto, rollOff, matches } = ratesOf(people, 'x', [Math.SQRT1_2, 0.939]);
    expect(found).toEqual({ part: 3, whole: 4 });
    expect(auto).toEqual({ part: 2, whole: 3 });
    expect(rollOff).toEqual({ part: 1, whole: 3 });
    expect(matches).toEqual([
      {
        tar: { part: 2, whole: 4 },
        tarAuto: { part: 2, whole: 2 },
        fmr: { part: 1, whole: 3 },
        fmrAuto: { part: 0, whole: 1 },
      },
      {
        tar: { part: 1, whole: 4 },
        tarAuto: { part: 1, whole: 2 },
        fmr: { part: 1, whole: 3 },
        fmrAuto: { part: 0, whole: 1 },
      },
    ]);
  });

  test('who was missed, and who was read wrongly, is named', () => {
    const people = [
      subject('a', 0),
      subject('b', 0, { at: 0, rollError: 31 }),
      subject('c', 0, { at: 0 }),
    ];
    const condition = { group: 'x', make: () => Promise.reject(new Error('not made')) };
    const text = failures(people, [{ ...condition, name: 'x' }]);
    expect(text.split('\n').slice(2)).toEqual(['| x | a | b |']);
    expect(failures(people.slice(2), [{ ...condition, name: 'x' }]).split('\n')).toHaveLength(2);
  });

  test('conditions are pooled by adding up what was counted', () => {
    const one = ratesOf([subject('a', 0, { at: 10 }), subject('b', 0, { at: 5 })], 'x', [0.5]);
    const other = ratesOf([subject('a', 0), subject('b', 0, { at: 170, auto: false })], 'x', [0.5]);
    expect(pooled([one, other])).toEqual({
      found: { part: 3, whole: 4 },
      auto: { part: 2, whole: 3 },
      rollOff: { part: 0, whole: 3 },
      matches: [
        {
          tar: { part: 2, whole: 4 },
          tarAuto: { part: 2, whole: 2 },
          fmr: { part: 1, whole: 1 },
          fmrAuto: { part: 1, whole: 1 },
        },
      ],
    });
  });

  test('of nobody there are none', () => {
    const { found, matches } = ratesOf([subject('a', 0)], 'x', [0.5]);
    expect(found).toEqual({ part: 0, whole: 1 });
    expect(matches[0]).toMatchObject({ tar: { part: 0, whole: 1 }, fmr: { part: 0, whole: 0 } });
  });
});

describe('figures', () => {
  test('are written as in the docs', () => {
    expect(percent({ part: 1, whole: 3 })).toBe('33.3 %');
    expect(percent({ part: 0, whole: 0 })).toBe('-');
    expect(percentOfFew({ part: 1, whole: 500 })).toBe('0.2 % (1)');
    expect([0, 10].map((part) => percentOfFew({ part, whole: 500 }))).toEqual(['0.0 %', '2.0 %']);
    expect(rate({ part: 0, whole: 100 })).toBe('0');
    expect(rate({ part: 3, whole: 1000 })).toBe('3.0e-3 (3)');
    expect(rate({ part: 30, whole: 1000 })).toBe('3.0e-2');
    expect(rate({ part: 0, whole: 0 })).toBe('-');
    expect([cosineText(0.451), cosineText(-0.2), cosineText(1)]).toEqual([
      '.451',
      '-.200',
      '1.000',
    ]);
    expect([0.25, 1, 2].map(fractionText)).toEqual(['1/4', '1', '2']);
    expect(namesOf([...'abcdefghij'])).toBe('a, b, c, d, e, f, g, h, 2 more');
    expect(table(['a', 'b'], [[1, 'x']])).toBe('| a | b |\n|---|---|\n| 1 | x |');
  });
});
