/** The shard format: what is written is read, and what was damaged is not. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIds } from '../../layers/vectors/ids.ts';
import {
  decodeShard,
  type Embedded,
  encodeRows,
  encodeShard,
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
    expect(bytes.readUInt16LE(8)).toBe(1);
    expect(bytes.readUInt16LE(10)).toBe(5);
    expect(bytes.readUInt32LE(12)).toBe(3);
    expect(bytes.toString('ascii', 16, 32)).toBe(`1.0${'\0'.repeat(13)}`);
    expect(bytes.readUInt32LE(32)).toBe(crc32(bytes.subarray(64)));
    expect(bytes.readUInt32LE(36)).toBe(crc32(bytes.subarray(0, 36)));
    // Codes, scales and ids start at multiples of 64.
    expect(bytes).toHaveLength(64 + 64 + 64 + 3 * 16);
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
          vector.forEach((value, j) => {
            const code = shard.codes[i * dimension + j] ?? Number.NaN;
            expect(Math.abs(value - code * scale)).toBeLessThanOrEqual(scale * 0.5001);
          });
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
      // Bytes 40..63 fill up the header.
      if (at >= 40 && at < 64) continue;
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
    bytes.writeUInt16LE(2, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 36)), 36);
    expect(() => decodeShard(bytes)).toThrow(/format 2/);
  });
});
