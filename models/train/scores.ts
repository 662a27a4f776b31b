/** Measures of judgements against labels. */

export interface Judged {
  /** The probability that was given. */
  readonly probability: number;
  readonly truth: boolean;
}

/**
 * The area under the ROC curve: how often a positive scores higher than a negative, ties counting half
 * (Mann and Whitney, by ranks).
 */
export function areaUnderCurve(judged: readonly Judged[]): number {
  const sorted = judged.toSorted((a, b) => a.probability - b.probability);
  let [rankSum, positives] = [0, 0];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (end < sorted.length && sorted[end]!.probability === sorted[start]!.probability) end++;
    const rank = (start + 1 + end) / 2;
    const among = sorted.slice(start, end).filter(({ truth }) => truth).length;
    rankSum += rank * among;
    positives += among;
    start = end;
  }
  const negatives = sorted.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

export interface Rates {
  readonly positives: number;
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Of the answer that is more likely than not. */
export function ratesOf(judged: readonly Judged[]): Rates {
  const count = (said: boolean, truth: boolean) =>
    judged.filter((one) => said === one.probability > 0.5 && truth === one.truth).length;
  const [hits, falseAlarms, misses] = [count(true, true), count(true, false), count(false, true)];
  return {
    positives: hits + misses,
    accuracy: (hits + count(false, false)) / judged.length,
    precision: hits / (hits + falseAlarms),
    recall: hits / (hits + misses),
    f1: (2 * hits) / (2 * hits + falseAlarms + misses),
  };
}

export interface Answer {
  /** 0..1: the confidence of the answer given. */
  readonly confidence: number;
  readonly right: boolean;
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Means over the answers in it. */
  readonly confidence: number;
  readonly right: number;
}

/** The reliability table: answers by confidence, from an edge and below the next, the last edge included. */
export function reliability(answers: readonly Answer[], edges: readonly number[]): Bin[] {
  return edges.slice(1).map((to, i) => {
    const from = edges[i]!;
    const last = i === edges.length - 2;
    const inside = answers.filter(
      ({ confidence }) => confidence >= from && (confidence < to || (last && confidence === to)),
    );
    const mean = (value: (answer: Answer) => number) =>
      inside.reduce((sum, answer) => sum + value(answer), 0) / inside.length;
    return {
      from,
      to,
      count: inside.length,
      confidence: mean(({ confidence }) => confidence),
      right: mean(({ right }) => (right ? 1 : 0)),
    };
  });
}

/** The expected calibration error: how far confidence is from being right, over all answers. */
export function calibrationError(answers: readonly Answer[], edges: readonly number[]): number {
  return reliability(answers, edges)
    .filter(({ count }) => count > 0)
    .reduce(
      (sum, { count, confidence, right }) =>
        sum + (count / answers.length) * Math.abs(confidence - right),
      0,
    );
}
