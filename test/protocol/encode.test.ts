/** JSON response bodies: numbers and times as the service prints them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBody } from '../../layers/protocol/encode.ts';
import {
  blob,
  boolean,
  float,
  integer,
  list,
  map,
  string,
  structure,
  timestamp,
} from '../../layers/protocol/shapes.ts';

describe('a response body', () => {
  it('prints floats as single precision, widened', () => {
    const shape = structure({ X: float() });
    // A value that the service has been seen to print.
    expect(encodeBody({ X: 0.2675036788 }, shape)).toBe('{"X":0.26750367879867554}');
    expect(encodeBody({ X: 99.9 }, shape)).toBe('{"X":99.9000015258789}');
    expect(encodeBody({ X: 80 }, shape)).toBe('{"X":80}');
  });

  it('prints of any float the nearest of single precision', () => {
    const view = new DataView(new ArrayBuffer(4));
    const shape = structure({ X: float() });
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (X) => {
        view.setFloat32(0, X);
        // JSON.stringify writes negative zero without its sign.
        const nearest = view.getFloat32(0) || 0;
        expect(JSON.parse(encodeBody({ X }, shape))).toEqual({ X: nearest });
      }),
    );
  });

  it('gives times in seconds, with their milliseconds', () => {
    const shape = structure({ When: timestamp });
    const at = (iso: string) => encodeBody({ When: new Date(iso) }, shape);
    expect(at('2019-09-25T20:53:48.274Z')).toBe('{"When":1569444828.274}');
    expect(at('1970-01-01T00:00:01Z')).toBe('{"When":1}');
  });

  it('leaves absent members out, on every level', () => {
    const inner = structure({ A: string(), B: string() });
    const shape = structure({ Inner: inner, Inners: list(inner), Other: integer() });
    const output = { Inner: { A: 'a', B: undefined }, Inners: [{}], Other: undefined };
    expect(encodeBody(output, shape)).toBe('{"Inner":{"A":"a"},"Inners":[{}]}');
    expect(encodeBody({}, shape)).toBe('{}');
  });

  it('keeps what is empty or zero', () => {
    const shape = structure({
      Flag: boolean,
      Count: integer(),
      Text: string(),
      Names: list(string()),
      Tags: map(string(), string()),
      Data: blob(),
    });
    const output = { Flag: false, Count: 0, Text: '', Names: [], Tags: {}, Data: new Uint8Array() };
    expect(encodeBody(output, shape)).toBe(
      '{"Flag":false,"Count":0,"Text":"","Names":[],"Tags":{},"Data":""}',
    );
  });

  it('holds declared members alone', () => {
    const output = { Shown: 'a', Hidden: 'b' };
    expect(encodeBody(output, structure({ Shown: string() }))).toBe('{"Shown":"a"}');
  });

  it('writes blobs as padded base64 of the standard alphabet', () => {
    const bytes = new Uint8Array([0xfb, 0xff, 0xfe, 0x00]);
    expect(encodeBody({ Data: bytes }, structure({ Data: blob() }))).toBe('{"Data":"+//+AA=="}');
  });
});
