/** The wire format against the examples of its specification, and against itself on any input. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Message, MessageWriter, readFields } from '../../../layers/inference/onnx/protobuf.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

// Examples of https://protobuf.dev/programming-guides/encoding/.
describe('the examples of the specification', () => {
  it('writes an integer field', () => {
    expect(bytes('089601')).toEqual(Uint8Array.from(new MessageWriter().integer(1, 150).finish()));
  });

  it('writes a string field', () => {
    const message = new MessageWriter().text(2, 'testing').finish();
    expect(Uint8Array.from(message)).toEqual(bytes('120774657374696e67'));
  });

  it('writes a message inside a message', () => {
    const message = new MessageWriter().message(3, new MessageWriter().integer(1, 150)).finish();
    expect(Uint8Array.from(message)).toEqual(bytes('1a03089601'));
  });

  it('writes minus two in ten bytes', () => {
    const message = new MessageWriter().integer(1, -2).finish();
    expect(Uint8Array.from(message)).toEqual(bytes('08feffffffffffffffff01'));
  });

  it('reads a packed list', () => {
    expect(new Message(bytes('3206038e029ea705')).integers(6)).toEqual([3, 270, 86942]);
  });

  it('takes the last of several values of a single field', () => {
    expect(new Message(bytes('080108960108ffffffffffffffffff01')).integer(1)).toBe(-1);
  });
});

describe('reading', () => {
  it('refuses a message that ends inside a field', () => {
    const whole = bytes('089601120774657374696e67');
    const boundaries = [0, 3, whole.length];
    for (let length = 0; length <= whole.length; length++) {
      const read = (): unknown => readFields(whole.subarray(0, length));
      if (boundaries.includes(length)) expect(read).not.toThrow();
      else expect(read).toThrow(RangeError);
    }
  });

  it('gives back what was written', () => {
    fc.assert(
      fc.property(
        fc.maxSafeInteger(),
        fc.string(),
        fc.float({ noNaN: true }),
        fc.integer({ min: 1, max: 2 ** 28 - 1 }),
        (integer, text, float, number) => {
          const inner = new MessageWriter().text(number, text);
          const written = new MessageWriter().integer(1, integer).float(2, float).message(3, inner);
          const message = new Message(written.finish());
          expect(message.integer(1)).toBe(integer);
          expect(message.floats(2)).toEqual([float]);
          expect(message.messages(3)[0]?.text(number)).toBe(text);
        },
      ),
    );
  });
});
