/**
 * The file of the heads' weights, `models/attributes.json`.
 *
 * `heads` has, for each head by its name, its `blocks`, its `biases`, and `weights`: for each score the
 * base64 of little-endian float32 numbers, as many as the blocks together have. `sha256` is the digest
 * of the JSON text of `heads`, so that a file that was cut, edited or mixed up is refused.
 */
import { createHash } from 'node:crypto';
import { EMOTION_TYPES } from './attribute.ts';
import { BLOCK_LENGTHS, type BlockName } from './blocks.ts';
import { HEAD_NAMES, type Head, type HeadName } from './head.ts';

export type Heads = Readonly<Record<HeadName, Head>>;

/** The file of weights is not what training wrote. */
export class WeightsError extends Error {
  override readonly name = 'WeightsError';
}

interface StoredHead {
  readonly blocks: readonly BlockName[];
  readonly biases: readonly number[];
  readonly weights: readonly string[];
}

/** @throws WeightsError */
export function parseHeads(text: string): Heads {
  let file: { sha256?: unknown; heads?: Partial<Record<HeadName, StoredHead>> };
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw new WeightsError('The file is not JSON', { cause });
  }
  const { sha256, heads } = file ?? {};
  if (typeof heads !== 'object' || heads === null || digest(heads) !== sha256) {
    throw new WeightsError('The digest of the heads is not the one that the file names');
  }
  const parsed = HEAD_NAMES.map((name) => [name, parseHead(name, heads[name])] as const);
  return Object.fromEntries(parsed) as Record<HeadName, Head>;
}

/** @returns the text of the file; the same heads give the same text. */
export function formatHeads(heads: Heads): string {
  const stored = Object.fromEntries(
    HEAD_NAMES.map((name) => {
      const { blocks, biases, weights } = heads[name];
      return [name, { blocks, biases, weights: weights.map(toBase64) }];
    }),
  );
  return `${JSON.stringify({ sha256: digest(stored), heads: stored }, undefined, 1)}\n`;
}

function digest(heads: object): string {
  return createHash('sha256').update(JSON.stringify(heads)).digest('hex');
}

function parseHead(name: HeadName, stored: StoredHead | undefined): Head {
  const { blocks, biases, weights } = stored ?? {};
  const known = blocks?.every((block) => Object.hasOwn(BLOCK_LENGTHS, block));
  const scores = name === 'emotion' ? EMOTION_TYPES.length : 1;
  if (!known || !weights || weights.length !== scores || biases?.length !== scores) {
    throw new WeightsError(`The head ${name} is missing or has not the blocks and scores it needs`);
  }
  const length = blocks!.reduce((sum, block) => sum + BLOCK_LENGTHS[block], 0);
  const rows = weights.map(fromBase64);
  const finite = [...rows, biases].every((row) => row.every(Number.isFinite));
  if (!finite || rows.some((row) => row.length !== length)) {
    throw new WeightsError(`The head ${name} needs ${length} finite weights for each score`);
  }
  return { blocks: blocks!, biases, weights: rows };
}

function toBase64(values: Float32Array): string {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, i * 4);
  });
  return bytes.toString('base64');
}

function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from({ length: bytes.length >> 2 }, (_, i) => bytes.readFloatLE(i * 4));
}
