/** The work of one scan function, and how its tasks and answers travel. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ShardReference } from '../../../layers/records/index.ts';
import type { ScanAnswer } from '../../../layers/vectors/index.ts';
import {
  decodeAnswer,
  decodeTask,
  encodeAnswer,
  encodeFailure,
  encodeTask,
  ScanProtocolError,
  ShardCache,
  scanPart,
  sizeOf,
} from '../../../layers/vectors/index.ts';
import { ShardCorruptError } from '../../../layers/vectors/shard.ts';
import { ShardMissingError } from '../../../layers/vectors/store.ts';
import { Random } from '../../support/random.ts';
import { anyId, unitVector } from '../arbitraries.ts';
import { DIMENSION, reader, store } from './shards.ts';

const random = new Random(10);
const lists = Array.from({ length: 8 }, () =>
  Array.from({ length: 50 }, () => ({ id: random.uuid(), vector: random.unitVector(DIMENSION) })),
);
const { references, objects } = store(lists, [], new Map());
const query = random.unitVector(DIMENSION);
const limits = { count: 10, bar: -1 };

/** A store that notes what is read. */
function counting() {
  const read: string[] = [];
  const objectsReader = reader(objects);
  const get = (key: string, bytes: number) => {
    read.push(key);
    return objectsReader.get(key, bytes);
  };
  return { read, store: { ...objectsReader, get } };
}

describe('a part', () => {
  it('is read once and stays in memory', async () => {
    const { read, store } = counting();
    const cache = new ShardCache(store, 1_000_000);
    const overflows: number[] = [];
    const options = { cache, onOverflow: (bytes: number) => overflows.push(bytes) };
    const first = await scanPart({ query, shards: references, limits }, options);
    expect(read).toHaveLength(8);
    expect(first.rows).toBe(400);
    expect(await scanPart({ query, shards: references, limits }, options)).toEqual(first);
    expect(read).toHaveLength(8);
    expect(overflows).toEqual([]);
  });

  it('that is larger than the memory has the same answer, and keeps what fits', async () => {
    const { read, store } = counting();
    const bytes = sizeOf(references);
    const limit = sizeOf(references.slice(0, 4));
    const overflows: number[] = [];
    const options = {
      cache: new ShardCache(store, limit),
      onOverflow: (size: number) => overflows.push(size),
    };
    const whole = new ShardCache(reader(objects), bytes);
    const expected = await scanPart({ query, shards: references, limits }, { cache: whole });
    for (let search = 1; search <= 3; search++) {
      const answer = await scanPart({ query, shards: references, limits }, options);
      expect(answer.rows).toBe(expected.rows);
      expect(answer.bar).toBe(expected.bar);
      expect(new Map([...answer.found].sort())).toEqual(new Map([...expected.found].sort()));
      expect(overflows).toEqual(Array(search).fill(bytes));
    }
    // Four of eight are in memory at the second and third search.
    expect(read).toHaveLength(8 + 4 + 4);
  });

  it('answers piece by piece, in the order of ids, whoever takes it so', async () => {
    const options = { cache: new ShardCache(reader(objects), 1_000_000), mostOfAnswer: 7 };
    const task = { query, shards: references, limits };
    const all = [...(await scanPart(task, options)).found].sort();
    expect(all.length).toBeGreaterThan(7);
    for (let from = 0; from < all.length; from += 7) {
      const after = all[from - 1]?.[0] ?? '';
      const { found, more } = await scanPart({ ...task, after }, options);
      expect([...found]).toEqual(all.slice(from, from + 7));
      expect(more ?? false).toBe(from + 7 < all.length);
    }
  });

  it('fails with the first shard that is lost', async () => {
    const gone = new Map([...objects].slice(0, 5));
    const cache = new ShardCache(reader(gone), 1_000_000);
    await expect(scanPart({ query, shards: references, limits }, { cache })).rejects.toThrow(
      ShardMissingError,
    );
  });
});

/** A machine that has much else to do is slow, not wrong. */
const SLOW_MACHINE_MS = 240_000;

const overWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const anyNumber = fc.oneof(
  fc.double({ noNaN: true }),
  fc.constantFrom(Number.NEGATIVE_INFINITY, -0, 0, 1),
);

describe('tasks and answers', () => {
  it('arrive as they were sent', { timeout: SLOW_MACHINE_MS }, () => {
    const task = fc.record({
      query: unitVector(DIMENSION),
      shards: fc.array(
        fc.record({
          key: fc.string(),
          count: fc.nat(),
          bytes: fc.nat(),
        }) satisfies fc.Arbitrary<ShardReference>,
      ),
      limits: fc.record({ count: fc.nat(), bar: anyNumber }),
      after: fc.oneof(fc.constant(''), anyId),
    });
    fc.assert(
      fc.property(task, (sent) => {
        const { limits, ...rest } = decodeTask(overWire(encodeTask(sent)));
        expect({ ...rest, limits }).toEqual({
          ...sent,
          limits: { ...sent.limits, bar: sent.limits.bar + 0 },
        });
      }),
    );
    const interval = fc.record({ low: anyNumber, high: anyNumber });
    const found = fc.array(fc.tuple(anyId, interval)).map((entries) => new Map(entries));
    fc.assert(
      fc.property(
        fc.record({ rows: fc.nat(), bar: anyNumber, found }),
        fc.boolean(),
        (all, more) => {
          const sent = more ? { ...all, more } : all;
          expect(decodeAnswer(overWire(encodeAnswer(sent)))).toEqual(sent);
        },
      ),
    );
  });

  it('that are damaged are not taken for others', { timeout: SLOW_MACHINE_MS }, () => {
    const answer: ScanAnswer = {
      rows: 3,
      bar: 0.5,
      found: new Map([[random.uuid(), { low: 0.5, high: 0.75 }]]),
    };
    const response = encodeAnswer(answer);
    const text = 'held' in response ? response.held : '';
    const bytes = Buffer.from(text, 'base64');
    for (let i = 0; i < bytes.length; i++) {
      const damaged = Buffer.from(bytes);
      damaged[i] = (damaged[i] ?? 0) ^ (1 << (i % 8));
      expect(() => decodeAnswer({ held: damaged.toString('base64') })).toThrow(ScanProtocolError);
      const cut = bytes.subarray(0, i).toString('base64');
      expect(() => decodeAnswer({ held: cut })).toThrow(ScanProtocolError);
    }
  });

  it.each([
    undefined,
    null,
    'text',
    {},
    { errorMessage: 'Task timed out after 25.00 seconds' },
    { held: 7 },
  ])('are not made of %j', (value) => {
    expect(() => decodeAnswer(value)).toThrow(ScanProtocolError);
    expect(() => decodeTask(value)).toThrow(ScanProtocolError);
  });

  it('of another version are refused', () => {
    const request = encodeTask({ query, shards: references, limits });
    expect(() => decodeTask({ ...request, version: 2 })).toThrow(/version 2/);
  });

  it.each([new ShardMissingError('Gone.'), new ShardCorruptError('Changed.')])(
    'say what is wrong with a shard: $name',
    (error) => {
      expect(() => decodeAnswer(overWire(encodeFailure(error)))).toThrow(error);
    },
  );

  it('do not stand for any other failure', () => {
    expect(() => encodeFailure(new Error('Out of memory.'))).toThrow('Out of memory.');
  });

  it('fit into what Lambda takes and gives, or fail', { timeout: SLOW_MACHINE_MS }, () => {
    const interval = { low: 0, high: 0 };
    const answer = (count: number) => ({
      rows: count,
      bar: 0,
      found: new Map(Array.from({ length: count }, (_, i) => [idOf(i), interval])),
    });
    const idOf = (i: number) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
    expect(JSON.stringify(encodeAnswer(answer(140_000))).length).toBeLessThan(6 * 1024 * 1024);
    expect(() => encodeAnswer(answer(140_001))).toThrow(/too close/);
    const shards = Array.from({ length: 1000 }, () => ({
      key: `${random.uuid()}/faces/01ARZ3NDEKTSV4RRFFQ69G5FAV.shard`,
      count: 262_144,
      bytes: 55_574_592,
    }));
    const task = encodeTask({ query: random.unitVector(512), shards, limits });
    expect(JSON.stringify(task).length).toBeLessThan(1024 * 1024);
  });
});
