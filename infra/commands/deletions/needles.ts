/**
 * What is searched for in bytes, in every form that it may have there: ids as text and as the 16 bytes of a
 * UUID, a vector as float32; binary ones also in base64, which the local database keeps, at each of three
 * alignments. The codes that shards hold of a vector are no such needle: `holdsVector` finds those. Pure.
 *
 * A page of a file may end in the middle of a long value, so of a vector several short windows are searched.
 */
import { createHash } from 'node:crypto';
import { userKeyOf } from '../../../layers/records/index.ts';
import { encodeIds } from '../../../layers/vectors/index.ts';

export interface Subject {
  readonly face?: string | undefined;
  readonly user?: string | undefined;
  readonly vector?: Float32Array | undefined;
}

/** 24 bytes of a vector are six numbers: too many to be there by chance. */
const WINDOW = 24;
const WINDOWS = 4;

/** @returns for values as they are: attributes of items, bytes of objects */
export function needlesOf({ face, user, vector }: Subject): Buffer[] {
  const ids = [face, user === undefined ? undefined : userKeyOf(user)].filter(
    (id) => id !== undefined,
  );
  return [
    ...ids.flatMap((id) => [Buffer.from(id), Buffer.from(encodeIds([id]))]),
    ...(user === undefined ? [] : [Buffer.from(user)]),
    ...(vector === undefined ? [] : windowsOf(bytesOf(vector))),
  ];
}

/** @returns for files of a database, which keep binary values in base64 */
export function rawNeedlesOf(subject: Subject): Buffer[] {
  const needles = needlesOf(subject);
  return [...needles, ...needles.filter(isBinary).flatMap(base64Forms)];
}

/** Says in a file name or a log which vector was searched for, without saying it. */
export function vectorName(vector: Float32Array): string {
  return createHash('sha256').update(bytesOf(vector)).digest('hex').slice(0, 12);
}

function windowsOf(bytes: Buffer): Buffer[] {
  if (bytes.length <= WINDOW) return [bytes];
  const step = Math.floor((bytes.length - WINDOW) / (WINDOWS - 1));
  return Array.from({ length: WINDOWS }, (_, i) => bytes.subarray(i * step, i * step + WINDOW));
}

function bytesOf(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

function isBinary(needle: Buffer): boolean {
  return needle.some((byte) => byte < 0x20 || byte > 0x7e);
}

/** What the bytes are in base64 whatever precedes them: the characters that no neighbour changes. */
function base64Forms(bytes: Buffer): Buffer[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const from = before === 0 ? 0 : before + 1;
    const to = Math.floor(((before + bytes.length) * 8) / 6);
    return Buffer.from(text.slice(from, to));
  });
}
