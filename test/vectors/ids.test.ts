/** Ids as bytes: RFC 9562 says which byte stands where. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIds, encodeIds, idFromBytes, idToBytes } from '../../layers/vectors/ids.ts';
import { anyId } from './arbitraries.ts';

describe('ids', () => {
  it('are 16 bytes in the order of their digits', () => {
    const id = '00112233-4455-6677-8899-aabbccddeeff';
    expect([...idToBytes(id)]).toEqual(Array.from({ length: 16 }, (_, i) => i * 0x11));
  });

  it('come back from their bytes, wherever these stand', () => {
    fc.assert(
      fc.property(fc.array(anyId), fc.nat(9), (ids, offset) => {
        const bytes = encodeIds(ids);
        expect(bytes).toHaveLength(ids.length * 16);
        expect(decodeIds(bytes)).toEqual(ids);
        const moved = new Uint8Array(bytes.length + offset);
        moved.set(bytes, offset);
        const view = moved.subarray(offset);
        expect(ids.map((_, i) => idFromBytes(view, i))).toEqual(ids);
      }),
    );
  });

  it.each([
    '',
    'face',
    '00112233-4455-6677-8899-aabbccddee',
    '00112233-4455-6677-8899-aabbccddeeffaa',
  ])('are UUIDs, which %j is not', (text) => {
    expect(() => idToBytes(text)).toThrow(RangeError);
  });
});
