/** What a calibration found, as tables in Markdown. */
import { type Calibration, rateOfSimilarity } from '../../layers/inference/index.ts';
import { type Interval, intervalsAt } from './intervals.ts';
import type { Scores } from './scores.ts';

const SIMILARITIES = [20, 40, 60, 80, 90, 95, 99, 99.9] as const;
const NAMED_PAIRS = 10;

/**
 * @param cosineOf of the calibration that is reported
 * @param random uniform in 0..1, for the intervals
 */
export function reportLines(
  scores: Scores,
  calibration: Calibration,
  cosineOf: (similarity: number) => number,
  random: () => number,
): string[] {
  const { photographs, people, genuinePairs, strangerPairs, measuredTo, tail } = calibration;
  const count = (value: number) => value.toLocaleString('en');
  const cosines = SIMILARITIES.map(cosineOf);
  const intervals = intervalsAt(scores, cosines, random);
  const rows = SIMILARITIES.map((similarity, i) => {
    const [cosine, interval] = [cosines[i]!, intervals[i]!];
    return [
      similarity,
      cosine.toFixed(3),
      rateOfSimilarity(similarity).toExponential(1),
      `${scores.rateAt(cosine).toExponential(1)}${range(interval.falseMatch, exponential)}`,
      `${scores.trueRateAt(cosine).toFixed(4)}${range(interval.trueMatch, fixed)}`,
    ];
  });
  return [
    `${count(photographs)} photographs of ${count(people)} people, ${count(scores.faceless.length)} more without a face;`,
    `${count(genuinePairs)} pairs of one person, ${count(strangerPairs)} of strangers. Intervals of 95 %, by bootstrap over people.`,
    '',
    '| similarity | cosine | strangers who reach it, by definition | as measured here | photographs of one person that do |',
    '|---|---|---|---|---|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    `Measured down to a rate of ${measuredTo.toExponential(1)} (cosine ${tail.from.toFixed(3)}); beyond, a generalised Pareto tail of shape ${tail.shape.toFixed(3)} and scale ${tail.scale.toFixed(4)}.`,
    '',
    'The strangers most alike. Where two names are one person, put both in a line of label-errors.txt, with a tab between:',
    ...scores.closest.slice(0, NAMED_PAIRS).map(({ cosine, first, second }) => {
      const [a, b] = [scores.photographs[first]!, scores.photographs[second]!];
      return `  ${cosine.toFixed(3)}  ${a.file}  ${b.file}`;
    }),
  ];
}

function range(interval: Interval | undefined, print: (value: number) => string): string {
  return interval === undefined ? '' : ` (${print(interval.low)} to ${print(interval.high)})`;
}

const exponential = (value: number) => value.toExponential(1);
const fixed = (value: number) => value.toFixed(4);
