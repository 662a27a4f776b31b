/** The tables of the attribute bench. */
import {
  type Attribute,
  EMOTION_TYPES,
  type Emotion,
  type EmotionType,
} from '../../layers/inference/attributes/attribute.ts';
import type { View } from '../../layers/inference/attributes/visibility.ts';
import {
  type Answer,
  areaUnderCurve,
  calibrationError,
  ratesOf,
  reliability,
} from '../../models/train/scores.ts';

export interface AnsweredYesNo {
  readonly attribute: Attribute;
  /** The answer, and its confidence 50..100. */
  readonly value: boolean;
  readonly confidence: number;
  readonly truth: boolean;
  readonly view: View;
}

export interface AnsweredEmotion {
  /** Most confident first. */
  readonly emotions: readonly Emotion[];
  readonly truth: EmotionType;
}

/** Edges of the bins of confidence. */
const EDGES = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];
const EMOTION_EDGES = [0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];

/** Distances of the eyes in pixels. */
const SIZES = [0, 8, 10, 12, 14, 16, 20, 24, Number.POSITIVE_INFINITY];

export function printRates(answered: readonly AnsweredYesNo[]): void {
  console.log('| attribute | labelled | yes | AUC | accuracy | precision | recall | F1 | ECE |');
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const attribute of attributesOf(answered)) {
    const its = answered.filter((one) => one.attribute === attribute);
    const judged = its.map(({ value, confidence, truth }) => ({
      probability: (value ? confidence : 100 - confidence) / 100,
      truth,
    }));
    const { positives, accuracy, precision, recall, f1 } = ratesOf(judged);
    const error = calibrationError(its.map(asAnswer), EDGES);
    const rates = [areaUnderCurve(judged), accuracy, precision, recall, f1, error];
    const cells = [attribute, its.length, positives, ...rates.map((rate) => rate.toFixed(3))];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

export function printReliability(name: string, answered: readonly AnsweredYesNo[]): void {
  console.log(`\nConfidence of the answer given, ${name}:\n`);
  printBins(answered.map(asAnswer), EDGES);
}

function printBins(answers: readonly Answer[], edges: readonly number[]): void {
  console.log('| confidence | answers | mean confidence | right |\n|---|---|---|---|');
  for (const { from, to, count, confidence, right } of reliability(answers, edges)) {
    if (count === 0) continue;
    console.log(`| ${from} to ${to} | ${count} | ${confidence.toFixed(3)} | ${right.toFixed(3)} |`);
  }
  console.log(`\nexpected calibration error ${calibrationError(answers, edges).toFixed(4)}`);
}

/** By size of the face, over all attributes. */
export function printDegraded(answered: readonly AnsweredYesNo[]): void {
  console.log('\nSmall, blurred and darkened copies beside the photographs as they are:\n');
  console.log('| pixels between the eyes | answers | mean confidence | right |\n|---|---|---|---|');
  for (const [i, to] of SIZES.slice(1).entries()) {
    const from = SIZES[i]!;
    const inside = answered.filter(({ view }) => view.eyes >= from && view.eyes < to);
    const [bin] = reliability(inside.map(asAnswer), [0, 1]);
    if (!bin || bin.count === 0) continue;
    const label = to === Number.POSITIVE_INFINITY ? `${from} and more` : `${from} to ${to}`;
    console.log(
      `| ${label} | ${bin.count} | ${bin.confidence.toFixed(3)} | ${bin.right.toFixed(3)} |`,
    );
  }
}

export function printEmotions(answered: readonly AnsweredEmotion[]): void {
  console.log(`\n| labelled \\ answered | ${EMOTION_TYPES.join(' | ')} | photographs | recall |`);
  console.log(`|---|${EMOTION_TYPES.map(() => '---|').join('')}---|---|`);
  const recalls = EMOTION_TYPES.map((truth) => {
    const its = answered.filter((one) => one.truth === truth);
    const counts = EMOTION_TYPES.map((type) => its.filter((one) => said(one) === type).length);
    const recall = counts[EMOTION_TYPES.indexOf(truth)]! / its.length;
    console.log(`| ${[truth, ...counts, its.length, recall.toFixed(2)].join(' | ')} |`);
    return recall;
  });
  const answers = answered.map((one) => ({
    confidence: one.emotions[0]!.confidence / 100,
    right: said(one) === one.truth,
  }));
  const accuracy = answers.filter(({ right }) => right).length / answers.length;
  const macro = recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
  console.log(
    `\nemotions: accuracy ${accuracy.toFixed(3)}, mean of the recalls ${macro.toFixed(3)}\n`,
  );
  printBins(answers, EMOTION_EDGES);
}

function said({ emotions }: AnsweredEmotion): EmotionType {
  return emotions[0]!.type;
}

function asAnswer({ confidence, value, truth }: AnsweredYesNo): Answer {
  return { confidence: confidence / 100, right: value === truth };
}

function attributesOf(answered: readonly AnsweredYesNo[]): ReadonlySet<Attribute> {
  return new Set(answered.map(({ attribute }) => attribute));
}
