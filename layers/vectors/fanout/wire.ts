/**
 * Tasks and answers as JSON, for a function in another process.
 *
 * The candidates of an answer are one base64 text of a little-endian block:
 *
 * | offset | size | what                                     |
 * |--------|------|------------------------------------------|
 * | 0      | 8    | magic `RECOLSCN`                         |
 * | 8      | 4    | format version, 1                        |
 * | 12     | 4    | count                                    |
 * | 16     | 8    | rows gone over, float64                  |
 * | 24     | 8    | bar, float64                             |
 * | 32     | 32 each | id, 16 bytes; low and high, float64   |
 * | end    | 4    | CRC-32 of everything before              |
 */
import { crc32 } from 'node:zlib';
import type { ShardReference } from '../../records/index.ts';
import { ID_BYTES, idFromBytes, idToBytes } from '../ids.ts';
import { ShardCorruptError } from '../shard.ts';
import type { Interval } from '../shortlist.ts';
import { widen } from '../shortlist.ts';
import { ShardMissingError } from '../store.ts';
import { ScanProtocolError, TooManyCandidatesError } from './errors.ts';
import type { ScanAnswer, ScanTask } from './task.ts';

export interface ScanRequest {
  readonly version: number;
  /** float32, little-endian, base64. */
  readonly query: string;
  readonly shards: readonly ShardReference[];
  readonly count: number;
  /** Text, since JSON has no infinity. */
  readonly bar: string;
  /** Only what comes after this id, as much as fits; see {@link ScanTask}. */
  readonly after?: string;
}

/** Failures that trying again does not mend have names of their own. */
export type ScanResponse =
  | { readonly held: string; readonly more?: boolean }
  | {
      readonly failed: 'missing' | 'corrupt' | 'tooMany';
      readonly message: string;
      /** Of the shard that is lost or damaged. */
      readonly key?: string | undefined;
    };

const VERSION = 1;
const MAGIC = 'RECOLSCN';
const HEADER_BYTES = 32;
const CANDIDATE_BYTES = ID_BYTES + 16;
const CHECKSUM_BYTES = 4;

/** Lambda answers no more than 6 MiB; base64 makes four bytes of three. */
export const MOST_CANDIDATES = 140_000;

export function encodeTask({ query, shards, limits, after }: ScanTask): ScanRequest {
  return {
    version: VERSION,
    query: Buffer.from(query.buffer, query.byteOffset, query.byteLength).toString('base64'),
    shards: shards.map(({ key, count, bytes }) => ({ key, count, bytes })),
    count: limits.count,
    bar: String(limits.bar),
    ...(after === undefined ? {} : { after }),
  };
}

/** @throws ScanProtocolError */
export function decodeTask(request: unknown): ScanTask {
  if (typeof request !== 'object' || request === null) throw new ScanProtocolError('No task.');
  const { version, query, shards, count, bar, after } = request as Partial<Record<string, unknown>>;
  if (version !== VERSION) throw new ScanProtocolError(`Unknown version ${version} of tasks.`);
  if (
    typeof query !== 'string' ||
    !Number.isInteger(count) ||
    typeof bar !== 'string' ||
    Number.isNaN(Number(bar)) ||
    !Array.isArray(shards) ||
    !shards.every(isReference) ||
    (after !== undefined && typeof after !== 'string')
  ) {
    throw new ScanProtocolError('Not a task.');
  }
  const bytes = new Uint8Array(Buffer.from(query, 'base64'));
  if (bytes.length === 0 || bytes.length % Float32Array.BYTES_PER_ELEMENT !== 0) {
    throw new ScanProtocolError('Not a vector.');
  }
  return {
    query: new Float32Array(bytes.buffer),
    shards,
    limits: { count: Number(count), bar: Number(bar) },
    ...(after === undefined ? {} : { after }),
  };
}

function isReference(value: unknown): value is ShardReference {
  if (typeof value !== 'object' || value === null) return false;
  const { key, count, bytes } = value as Partial<Record<string, unknown>>;
  return typeof key === 'string' && Number.isInteger(count) && Number.isInteger(bytes);
}

/** @throws TooManyCandidatesError */
export function encodeAnswer({ bar, found, rows, more }: ScanAnswer): ScanResponse {
  if (found.size > MOST_CANDIDATES) {
    throw new TooManyCandidatesError(`${found.size} vectors are too close to each other.`);
  }
  const end = HEADER_BYTES + found.size * CANDIDATE_BYTES;
  const block = Buffer.alloc(end + CHECKSUM_BYTES);
  block.write(MAGIC, 0, 'ascii');
  block.writeUInt32LE(VERSION, 8);
  block.writeUInt32LE(found.size, 12);
  block.writeDoubleLE(rows, 16);
  block.writeDoubleLE(bar, 24);
  let at = HEADER_BYTES;
  for (const [id, { low, high }] of found) {
    block.set(idToBytes(id), at);
    block.writeDoubleLE(low, at + ID_BYTES);
    block.writeDoubleLE(high, at + ID_BYTES + 8);
    at += CANDIDATE_BYTES;
  }
  block.writeUInt32LE(crc32(block.subarray(0, end)), end);
  const held = block.toString('base64');
  return more === true ? { held, more } : { held };
}

/** What a failure looks like on the wire. @throws the error itself if trying again may mend it */
export function encodeFailure(error: unknown): ScanResponse {
  if (error instanceof ShardMissingError) {
    return { failed: 'missing', message: error.message, key: error.key };
  }
  if (error instanceof ShardCorruptError) {
    return { failed: 'corrupt', message: error.message, key: error.key };
  }
  if (error instanceof TooManyCandidatesError) return { failed: 'tooMany', message: error.message };
  throw error;
}

/** @throws ScanProtocolError, or the error that was encoded */
export function decodeAnswer(response: unknown): ScanAnswer {
  if (typeof response !== 'object' || response === null) throw new ScanProtocolError('No answer.');
  const { held, failed, message, more, key } = response as Partial<Record<string, unknown>>;
  const lost = <E extends { key?: string }>(error: E): E =>
    typeof key === 'string' ? Object.assign(error, { key }) : error;
  if (failed === 'missing') throw lost(new ShardMissingError(String(message)));
  if (failed === 'corrupt') throw lost(new ShardCorruptError(String(message)));
  if (failed === 'tooMany') throw new TooManyCandidatesError(String(message));
  if (typeof held !== 'string') throw new ScanProtocolError('Not an answer.');
  const answer = decodeBlock(Buffer.from(held, 'base64'));
  return more === true ? { ...answer, more } : answer;
}

function decodeBlock(block: Buffer): ScanAnswer {
  const end = block.length - CHECKSUM_BYTES;
  if (end < HEADER_BYTES || block.toString('ascii', 0, 8) !== MAGIC) {
    throw new ScanProtocolError('Not an answer.');
  }
  if (block.readUInt32LE(end) !== crc32(block.subarray(0, end))) {
    throw new ScanProtocolError('The answer is damaged.');
  }
  const version = block.readUInt32LE(8);
  if (version !== VERSION) throw new ScanProtocolError(`Unknown version ${version} of answers.`);
  if (end !== HEADER_BYTES + block.readUInt32LE(12) * CANDIDATE_BYTES) {
    throw new ScanProtocolError('The answer is cut short or too long.');
  }
  const found = new Map<string, Interval>();
  for (let at = HEADER_BYTES; at < end; at += CANDIDATE_BYTES) {
    const low = block.readDoubleLE(at + ID_BYTES);
    const high = block.readDoubleLE(at + ID_BYTES + 8);
    widen(found, idFromBytes(block.subarray(at, at + ID_BYTES), 0), { low, high });
  }
  return { rows: block.readDoubleLE(16), bar: block.readDoubleLE(24), found };
}
