/** What each head is fitted to: which blocks, which labels, which variants of the photographs. */
import { EMOTION_TYPES } from '../../layers/inference/attributes/attribute.ts';
import type { BlockName } from '../../layers/inference/attributes/blocks.ts';
import type { HeadName } from '../../layers/inference/attributes/head.ts';
import type { LabelledImage } from './labels.ts';
import type { Variant } from './variants.ts';

export interface HeadRecipe {
  readonly blocks: readonly BlockName[];
  readonly classCount: number;
  /** The penalty on squared weights, for standardised inputs of which each block weighs the same. */
  readonly penalty: number;
  /** 0: every photograph counts the same; 1: every class counts the same. */
  readonly balance: number;
  /** @returns the class of a photograph changed so, from 0; undefined when nobody can tell. */
  label(image: LabelledImage, variant: Variant): number | undefined;
}

type BinaryName = Exclude<HeadName, 'emotion'>;

/** Attributes that what is drawn over a photograph hides or decides. */
const CHANGED: Readonly<Partial<Record<Variant, Partial<Record<BinaryName, 0 | 1 | 'hidden'>>>>> = {
  covered: {
    beard: 'hidden',
    mustache: 'hidden',
    smile: 'hidden',
    mouthOpen: 'hidden',
    eyesOpen: 'hidden',
    eyeglasses: 'hidden',
    sunglasses: 'hidden',
    occluded: 1,
  },
  shaded: { sunglasses: 1, occluded: 1, eyeglasses: 'hidden', eyesOpen: 'hidden' },
};

function yesOrNo(name: BinaryName, blocks: readonly BlockName[], penalty = 0.1): HeadRecipe {
  return {
    blocks,
    classCount: 2,
    penalty,
    balance: 0.5,
    label(image, variant) {
      const changed = CHANGED[variant]?.[name];
      if (changed !== undefined) return changed === 'hidden' ? undefined : changed;
      const text = image.labels.get(name);
      return text === 'y' ? 1 : text === 'n' ? 0 : undefined;
    },
  };
}

/** The data's words for the API's emotions. */
const EMOTION_LABELS: readonly string[] = [
  'happiness',
  'sadness',
  'anger',
  'disgust',
  'surprise',
  'neutral',
  'fear',
];

export const RECIPES: Readonly<Record<HeadName, HeadRecipe>> = {
  eyeglasses: yesOrNo('eyeglasses', ['features', 'eyeBand']),
  sunglasses: yesOrNo('sunglasses', ['features', 'eyeBand']),
  beard: yesOrNo('beard', ['features', 'mouthBand', 'chinBand']),
  mustache: yesOrNo('mustache', ['features', 'mouthBand']),
  smile: yesOrNo('smile', ['shape', 'mouthBand']),
  mouthOpen: yesOrNo('mouthOpen', ['shape', 'mouthBand']),
  eyesOpen: yesOrNo('eyesOpen', ['shape', 'eyeBand']),
  occluded: yesOrNo('occluded', ['features', 'eyeBand', 'noseBand', 'mouthBand', 'chinBand']),
  emotion: {
    blocks: ['shape', 'features', 'eyeBand', 'mouthBand', 'expression'],
    classCount: EMOTION_TYPES.length,
    penalty: 0.2,
    balance: 0.3,
    label: ({ labels }) => {
      const index = EMOTION_LABELS.indexOf(labels.get('emotion') ?? '');
      return index < 0 ? undefined : index;
    },
  },
};
