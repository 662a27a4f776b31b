/** Annex B, sampling, YUV4MPEG2 and colours, each by itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDisposable, readDescription, toAnnexB } from '../../layers/video/annex-b.ts';
import { toRgb } from '../../layers/video/colours.ts';
import { VideoError } from '../../layers/video/index.ts';
import { cellOf, chosen } from '../../layers/video/sampling.ts';
import { Y4mReader } from '../../layers/video/y4m.ts';

describe('sampling', () => {
  const times = fc
    .array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 300 })
    .map((ms) => [...new Set(ms)].sort((a, b) => a - b).map((time) => time / 1000));

  it('chooses the first picture of each cell, and no other', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 30 }), (times, rate) => {
        const first = new Map<number, number>();
        for (const [i, time] of times.entries()) {
          const cell = cellOf(time, rate);
          if (!first.has(cell)) first.set(cell, i);
        }
        expect(chosen(times, rate, -1)).toEqual([...first.values()]);
      }),
    );
  });

  it('counts a time that rounding has put just before a border behind it', () => {
    expect(cellOf(3 * 0.2, 5)).toBe(3);
    expect(cellOf(0.6 - 1e-9, 5)).toBe(3);
  });
});

describe('annex B', () => {
  const nal = (...bytes: number[]) => [0, 0, 0, bytes.length, ...bytes];

  it('puts start codes in place of lengths', () => {
    const unit = Uint8Array.from([...nal(9, 1), ...nal(0x65, 2, 3)]);
    expect([...toAnnexB(unit, 4)]).toEqual([0, 0, 0, 1, 9, 1, 0, 0, 0, 1, 0x65, 2, 3]);
  });

  it('knows a picture that no other needs', () => {
    expect(isDisposable(Uint8Array.from([...nal(9, 1), ...nal(0x01, 0)]), 4)).toBe(true);
    expect(isDisposable(Uint8Array.from(nal(0x41, 0)), 4)).toBe(false);
    expect(isDisposable(Uint8Array.from(nal(0x65, 0)), 4)).toBe(false);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(1, 2, 4), (bytes, size) => {
        toAnnexB(bytes, size);
        isDisposable(bytes, size);
        for (const codec of ['h264', 'hevc'] as const) {
          try {
            readDescription(codec, bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(VideoError);
          }
        }
      }),
    );
  });

  it('reads the parameter sets of H.264', () => {
    const avcC = Uint8Array.from([1, 100, 0, 31, 0xff, 0xe1, 0, 2, 0x67, 1, 1, 0, 1, 0x68]);
    const { lengthSize, parameterSets } = readDescription('h264', avcC);
    expect([lengthSize, ...parameterSets]).toEqual([4, 0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68]);
  });
});

describe('pictures of a decoder', () => {
  const stream = Buffer.concat([
    Buffer.from('YUV4MPEG2 W3 H2 F25:1 Ip A1:1 C420jpeg\n'),
    ...[10, 20, 30].flatMap((n) => [Buffer.from('FRAME\n'), Buffer.alloc(3 * 2 + 2 * 2, n)]),
  ]);

  it('are the same however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (lengths) => {
        const taken: [number, number][] = [];
        const reader = new Y4mReader([0, 2], (i, { data }) => taken.push([i, data.at(-1)!]));
        for (let at = 0, n = 0; at < stream.length; n++) {
          const length = lengths[n % lengths.length]!;
          reader.push(stream.subarray(at, at + length));
          at += length;
        }
        expect([taken, reader.count]).toEqual([
          [
            [0, 10],
            [2, 30],
          ],
          3,
        ]);
      }),
    );
  });

  it('are refused when they are something else, or too large', () => {
    const push = (text: string) => new Y4mReader([], () => undefined).push(Buffer.from(text));
    expect(() => push('P6 100 100\n')).toThrow('not a row of pictures');
    expect(() => push('YUV4MPEG2 W3 H2 F25:1 C444\n')).toThrow('of another kind');
    expect(() => push('YUV4MPEG2 W90000 H2 F25:1 C420jpeg\n')).toThrow(VideoError);
  });
});

describe('colours', () => {
  /** ITU-R BT.709, as floating point. */
  const reference = (y: number, u: number, v: number) => {
    const [l, b, r] = [(y - 16) / 219, (u - 128) / 224, (v - 128) / 224];
    const red = l + 1.5748 * r;
    const blue = l + 1.8556 * b;
    const green = (l - 0.2126 * red - 0.0722 * blue) / 0.7152;
    return [red, green, blue].map((c) => Math.min(255, Math.max(0, c * 255)));
  };

  it('are those of the standard', () => {
    const sample = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(sample, sample, sample, (y, u, v) => {
        const data = Uint8Array.from([y, y, y, y, u, v]);
        const rgb = toRgb({ width: 2, height: 2, data }, 'bt709', 0);
        for (const [i, expected] of reference(y, u, v).entries()) {
          expect(Math.abs(rgb.data[i]! - expected)).toBeLessThan(1.1);
        }
      }),
    );
  });

  it('stay where they are when the picture is turned', () => {
    // Four bright dots in the first row tell where that row goes.
    const data = new Uint8Array(4 * 2 + 2 * 2).fill(128);
    data.set([235, 200, 160, 120, 16, 16, 16, 16]);
    const luma = (rotation: 0 | 90 | 180 | 270) => {
      const { width, data: rgb } = toRgb({ width: 4, height: 2, data }, 'bt709', rotation);
      return [width, ...Array.from({ length: 8 }, (_, i) => rgb[i * 3])];
    };
    const [a, b, c, d] = luma(0).slice(1);
    expect(luma(90)).toEqual([2, 0, a, 0, b, 0, c, 0, d]);
    expect(luma(180)).toEqual([4, 0, 0, 0, 0, d, c, b, a]);
    expect(luma(270)).toEqual([2, d, 0, c, 0, b, 0, a, 0]);
  });

  it('of a picture beyond 1,920 pixels are means', () => {
    const [width, height] = [3840, 2];
    const data = new Uint8Array(width * height * 1.5).fill(128);
    for (let i = 0; i < width * height; i++) data[i] = i % 2 ? 235 : 16;
    const rgb = toRgb({ width, height, data }, 'bt709', 0);
    expect([rgb.width, rgb.height]).toEqual([1920, 1]);
    expect(rgb.data[0]).toBeCloseTo((((16 + 235) / 2 - 16) * 255) / 219, -0.5);
  });
});
