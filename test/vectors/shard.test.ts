/** The shard format: what is written is read, and what was damaged is not. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIds } from '../../layers/vectors/ids.ts';
import {
  addLower,
  codesOf,
  decodeShard,
  decodeUpper,
  type Embedded,
  encodeRows,
  encodeShard,
  lowerPlaneAbout,
  lowerPlaneAt,
  ShardCorruptError,
} from '../../layers/vectors/shard.ts';
import { Random } from '../support/random.ts';
import { anyId, unitVector } from './arbitraries.ts';

const embedded = (dimension: number): fc.Arbitrary<Embedded> =>
  fc.record({ id: anyId, vector: unitVector(dimension) });

const shardContents = fc
  .integer({ min: 1, max: 40 })
  .chain((dimension) =>
    fc.tuple(fc.constant(dimension), fc.array(embedded(dimension), { maxLength: 12 })),
  );

function smallShard(): Uint8Array {
  const random = new Random(1);
  const faces = Array.from({ length: 3 }, () => ({
    id: random.uuid(),
    vector: random.unitVector(5),
  }));
  return encodeShard('1.0', 5, faces);
}

describe('encodeShard', () => {
  it('lays the header out as documented', () => {
    const bytes = Buffer.from(smallShard());
    expect(bytes.toString('ascii', 0, 8)).toBe('RECOLLCT');
    expect(bytes.readUInt16LE(8)).toBe(2);
    expect(bytes.readUInt16LE(10)).toBe(5);
    expect(bytes.readUInt32LE(12)).toBe(3);
    expect(bytes.toString('ascii', 16, 32)).toBe(`1.0${'\0'.repeat(13)}`);
    // Scales, errors and ids take 3 x 24 bytes; a row of 5 values is 16 bytes in each plane.
    expect(bytes).toHaveLength(64 + 128 + 64 + 3 * 16);
    expect(bytes.readUInt32LE(32)).toBe(crc32(bytes.subarray(64, 256)));
    expect(bytes.readUInt32LE(36)).toBe(crc32(bytes.subarray(0, 36)));
    expect(bytes.readUInt32LE(40)).toBe(crc32(bytes.subarray(256)));
  });

  it('is undone by decodeShard, wherever the bytes stand', () => {
    fc.assert(
      fc.property(shardContents, fc.nat(9), ([dimension, faces], offset) => {
        const bytes = encodeShard('model-7', dimension, faces);
        const moved = new Uint8Array(bytes.length + offset);
        moved.set(bytes, offset);
        const shard = decodeShard(moved.subarray(offset));
        expect(shard).toMatchObject({ faceModel: 'model-7', dimension, count: faces.length });
        expect(decodeIds(shard.ids)).toEqual(faces.map(({ id }) => id));
        faces.forEach(({ vector }, i) => {
          const scale = shard.scales[i] ?? Number.NaN;
          const codes = codesOf({ shard, index: i });
          vector.forEach((value, j) => {
            const code = codes[j] ?? Number.NaN;
            expect(Math.abs(value - code * scale)).toBeLessThanOrEqual(scale * 0.5001);
          });
          const middle = (code: number) => scale * (16 * Math.floor(code / 16) + 7.5);
          const distance = Math.hypot(...vector.map((value, j) => value - middle(codes[j] ?? 0)));
          expect(shard.errors[i]).toBeGreaterThanOrEqual(distance * (1 - 1e-6));
        });
      }),
    );
  });

  it('refuses what does not fit the format', () => {
    const id = new Random(1).uuid();
    expect(() => encodeShard('1.0', 3, [{ id, vector: new Float32Array(2) }])).toThrow(RangeError);
    expect(() => encodeShard('a name of 17 char', 3, [])).toThrow(RangeError);
  });
});

describe('encodeRows', () => {
  it('moves vectors between shards as they are', () => {
    fc.assert(
      fc.property(shardContents, fc.func(fc.boolean()), ([dimension, faces], isKept) => {
        const shard = decodeShard(encodeShard('1.0', dimension, faces));
        const kept = faces.flatMap((_, index) => (isKept(index) ? [index] : []));
        const rows = kept.map((index) => ({ shard, index }));
        const direct = encodeShard(
          '1.0',
          dimension,
          faces.filter((_, index) => kept.includes(index)),
        );
        expect(Buffer.compare(encodeRows('1.0', dimension, rows), direct)).toBe(0);
      }),
    );
  });
});

describe('decodeShard', () => {
  it('notices every changed byte but those that mean nothing', () => {
    const bytes = smallShard();
    const random = new Random(2);
    for (let at = 0; at < bytes.length; at++) {
      // Bytes 44..63 fill up the header.
      if (at >= 44 && at < 64) continue;
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ (1 + random.below(255));
      expect(() => decodeShard(damaged), `byte ${at}`).toThrow(ShardCorruptError);
    }
  });

  it('notices every truncation, and anything added', () => {
    const bytes = smallShard();
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeShard(bytes.slice(0, length)), `${length} bytes`).toThrow(
        ShardCorruptError,
      );
    }
    expect(() => decodeShard(Buffer.concat([bytes, Buffer.from([0])]))).toThrow(ShardCorruptError);
  });

  it('takes nothing at random for a shard', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => decodeShard(bytes)).toThrow(ShardCorruptError);
      }),
    );
  });

  it('refuses a later version of the format', () => {
    const bytes = Buffer.from(smallShard());
    bytes.writeUInt16LE(3, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 36)), 36);
    expect(() => decodeShard(bytes)).toThrow(/format 3/);
  });
});

/** A shard as version 1 of the format had it: whole codes, then scales, then ids. */
function legacyShard(dimension: number, faces: readonly Embedded[]): Uint8Array {
  const section = (bytes: Uint8Array) => {
    const padded = Buffer.alloc(Math.ceil(bytes.length / 64) * 64);
    padded.set(bytes);
    return padded;
  };
  const scales = faces.map(({ vector }) => Math.fround(Math.max(...vector.map(Math.abs)) / 127));
  const codes = faces.flatMap(({ vector }, i) =>
    Array.from(vector, (value) => Math.round(value / (scales[i] ?? 1))),
  );
  const content = Buffer.concat([
    section(new Uint8Array(Int8Array.from(codes).buffer)),
    section(new Uint8Array(Float32Array.from(scales).buffer)),
    Buffer.from(faces.map(({ id }) => id.replaceAll('-', '')).join(''), 'hex'),
  ]);
  const header = Buffer.alloc(64);
  header.write('RECOLLCT');
  header.writeUInt16LE(1, 8);
  header.writeUInt16LE(dimension, 10);
  header.writeUInt32LE(faces.length, 12);
  header.write('1.0', 16);
  header.writeUInt32LE(crc32(content), 32);
  header.writeUInt32LE(crc32(header.subarray(0, 36)), 36);
  return Buffer.concat([header, content]);
}

describe('a shard of version 1', () => {
  it('is read as one of version 2 whose errors are somewhat larger', () => {
    fc.assert(
      fc.property(shardContents, fc.nat(9), ([dimension, faces], offset) => {
        const bytes = legacyShard(dimension, faces);
        const placed = new Uint8Array(bytes.length + offset);
        placed.set(bytes, offset);
        const old = decodeShard(placed.subarray(offset));
        const now = decodeShard(encodeShard('1.0', dimension, faces));
        expect({ ...old, errors: 0 }).toEqual({ ...now, errors: 0 });
        faces.forEach((_, i) => {
          const [larger, error] = [old.errors[i] ?? 0, now.errors[i] ?? 0];
          expect(larger).toBeGreaterThanOrEqual(error * (1 - 1e-6));
          const most = error + (now.scales[i] ?? 0) * Math.sqrt(dimension) * 1.001;
          expect(larger).toBeLessThanOrEqual(most);
        });
        // A fold writes what it read as version 2.
        const rows = faces.map((_, index) => ({ shard: old, index }));
        expect(decodeShard(encodeRows('1.0', dimension, rows))).toEqual(old);
      }),
    );
  });

  it('is refused where any byte has changed', () => {
    const random = new Random(3);
    const bytes = legacyShard(5, [{ id: random.uuid(), vector: random.unitVector(5) }]);
    for (let at = 0; at < bytes.length; at++) {
      if (at >= 40 && at < 64) continue;
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ (1 + random.below(255));
      expect(() => decodeShard(damaged), `byte ${at}`).toThrow(ShardCorruptError);
    }
    expect(() => decodeShard(bytes.subarray(1))).toThrow(ShardCorruptError);
    expect(() => decodeShard(bytes.subarray(0, -1))).toThrow(ShardCorruptError);
  });
});

describe('the planes of a shard', () => {
  it('are read one after the other, each with a checksum of its own', () => {
    fc.assert(
      fc.property(shardContents, ([dimension, faces]) => {
        const bytes = encodeShard('1.0', dimension, faces);
        const lower = lowerPlaneAt(bytes.subarray(0, 64), bytes.length);
        expect(lower % 64).toBe(0);
        const guess = lowerPlaneAbout(faces.length, bytes.length);
        expect(Math.abs(guess - lower)).toBeLessThanOrEqual(128);

        const place = new Uint8Array(bytes.length).fill(1);
        place.set(bytes.subarray(0, lower));
        const upper = decodeUpper(place);
        expect(upper.lower).toBeUndefined();
        expect(decodeIds(upper.ids)).toEqual(faces.map(({ id }) => id));
        if (faces.length > 0) {
          expect(() => addLower(upper, place)).toThrow(/lower plane/);
          expect(() => codesOf({ shard: upper, index: 0 })).toThrow(RangeError);
        }
        place.set(bytes.subarray(lower), lower);
        expect(addLower(upper, place)).toEqual(decodeShard(bytes));
      }),
    );
  });

  it('are each refused alone', () => {
    const bytes = smallShard();
    const lower = lowerPlaneAt(bytes, bytes.length);
    for (const [at, part] of [
      [64, /upper plane/],
      [lower - 1, /upper plane/],
      [bytes.length - 1, /lower plane/],
    ] as const) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => decodeShard(damaged)).toThrow(part);
    }
    const damaged = Uint8Array.from(bytes);
    damaged[bytes.length - 1] = (damaged[bytes.length - 1] ?? 0) ^ 1;
    expect(() => decodeUpper(damaged)).not.toThrow();
    expect(() => decodeUpper(bytes.subarray(0, lower - 1))).toThrow(ShardCorruptError);
    expect(() => lowerPlaneAt(bytes, bytes.length + 1)).toThrow(ShardCorruptError);
  });
});
