/**
 * How good the judged attributes are, by cross-validation: everybody is judged by heads that were fitted
 * to other people, from the labels to the calibration. Prints for each attribute the area under the
 * curve, and of the answers as shipped accuracy, precision, recall, F1 and calibration error; how
 * reliable confidences are; what a bad view costs; and the confusion of emotions.
 *
 * `npm run bench:attributes`
 */
import { command, runScript } from '../../infra/commands/cli/index.ts';
import { answer, type Evidence } from '../../layers/inference/attributes/answers.ts';
import {
  type Attribute,
  type Attributes,
  EMOTION_TYPES,
  type Judgement,
} from '../../layers/inference/attributes/attribute.ts';
import {
  HEAD_NAMES,
  type HeadName,
  sigmoid,
  softmax,
} from '../../layers/inference/attributes/head.ts';
import { visibilityOf } from '../../layers/inference/attributes/visibility.ts';
import { crossValidate, type Judged } from '../../models/train/cross-validate.ts';
import { type Item, readDataset } from '../../models/train/dataset.ts';
import { RECIPES } from '../../models/train/recipes.ts';
import { SOURCES, type Sources, sourcesFrom } from '../../models/train/sources.ts';
import type { Variant } from '../../models/train/variants.ts';
import {
  type AnsweredEmotion,
  type AnsweredYesNo,
  printDegraded,
  printEmotions,
  printRates,
  printReliability,
} from './attribute-tables.ts';
import { progress } from './progress.ts';

/** Each yes-or-no attribute: the answer's member, and the head whose labels say what is right. */
const YES_OR_NO = [
  ['EYEGLASSES', 'eyeglasses', 'eyeglasses'],
  ['SUNGLASSES', 'sunglasses', 'sunglasses'],
  ['BEARD', 'beard', 'beard'],
  ['MUSTACHE', 'mustache', 'mustache'],
  ['SMILE', 'smile', 'smile'],
  ['MOUTH_OPEN', 'mouthOpen', 'mouthOpen'],
  ['EYES_OPEN', 'eyesOpen', 'eyesOpen'],
  ['FACE_OCCLUDED', 'faceOccluded', 'occluded'],
] as const;

type Answered = Partial<Record<(typeof YES_OR_NO)[number][1], Judgement>>;

async function main(sources: Sources): Promise<void> {
  const people = await readDataset(sources.attributes, reading('attributes'));
  const heads = new Map<HeadName, Judged>();
  for (const name of HEAD_NAMES.filter((head) => head !== 'emotion')) {
    heads.set(name, crossValidate(RECIPES[name], people, progress(name, 5)));
  }
  const answered = people.flatMap((item) => yesNoAnswers(item, 'asIs', heads));
  printRates(answered);
  printReliability('yes or no', answered);
  printDegraded([...answered, ...people.flatMap((item) => yesNoAnswers(item, 'degraded', heads))]);

  const faces = await readDataset(sources.emotions, reading('emotions'));
  const judged = crossValidate(RECIPES.emotion, faces, progress('emotion', 5));
  printEmotions(faces.flatMap((item) => emotionAnswer(item, judged)));
}

function yesNoAnswers(
  item: Item,
  variant: Variant,
  heads: ReadonlyMap<HeadName, Judged>,
): AnsweredYesNo[] {
  const example = item.examples.get(variant);
  if (!example) return [];
  const wanted = new Set<Attribute>(YES_OR_NO.map(([attribute]) => attribute));
  const answers: Answered = answer(
    wanted,
    evidence(visibilityOf(example.view), (head) => heads.get(head)?.(item, variant)),
  );
  return YES_OR_NO.flatMap(([attribute, member, head]) => {
    const label = RECIPES[head].label(item, variant);
    const judgement = answers[member];
    if (label === undefined || !judgement) return [];
    const { value, confidence } = judgement;
    return [{ attribute, value, confidence, truth: label === 1, view: example.view }];
  });
}

function emotionAnswer(item: Item, judged: Judged): AnsweredEmotion[] {
  const label = RECIPES.emotion.label(item, 'asIs');
  const example = item.examples.get('asIs');
  if (label === undefined || !example) return [];
  const { emotions }: Attributes = answer(
    new Set<Attribute>(['EMOTIONS']),
    evidence(visibilityOf(example.view), () => judged(item, 'asIs')),
  );
  return emotions ? [{ emotions, truth: EMOTION_TYPES[label]! }] : [];
}

function evidence(
  visibility: number,
  scores: (head: HeadName) => readonly number[] | undefined,
): Evidence {
  const unasked = () => {
    throw new Error('There are no labels of age and gender');
  };
  return {
    visibility,
    probability: (head) => sigmoid(scores(head)?.[0] ?? Number.NaN),
    emotions: () => softmax(scores('emotion') ?? []),
    age: unasked,
    male: unasked,
  };
}

/** The number of photographs is known only when their labels have been read. */
function reading(kind: string): (done: number, total: number) => void {
  let report: ((done: number) => void) | undefined;
  return (done, total) => {
    report ??= progress(kind, total);
    report(done);
  };
}

await runScript(
  command({
    name: 'bench:attributes',
    summary: 'measures by cross-validation how good the judged attributes are',
    ...SOURCES,
    run: async (asked) => {
      await main(sourcesFrom(asked));
      return 0;
    },
  }),
);
