/** How faces are laid out for networks, on one whose pixels can be told apart. */
import { describe, expect, it } from 'vitest';
import { facesAndMirrors } from '../../layers/inference/convention.ts';
import { type Convention, USUAL_CONVENTION } from '../../layers/inference/index.ts';

// Two by two pixels: red, green and blue of the pixel in row r and column c are 100 r + 10 c + 1, 2 and 3.
const FACE = Float32Array.of(1, 2, 3, 11, 12, 13, 101, 102, 103, 111, 112, 113);
const plain: Convention = {
  ...USUAL_CONVENTION,
  input: 'i',
  output: 'o',
  mean: 0,
  scale: 1,
  side: 2,
};

describe('a face and its mirror image', () => {
  it.each<[string, Partial<Convention>, number[], number[]]>([
    [
      'NCHW',
      {},
      [1, 11, 101, 111, 2, 12, 102, 112, 3, 13, 103, 113],
      [11, 1, 111, 101, 12, 2, 112, 102, 13, 3, 113, 103],
    ],
    [
      'NCHW, BGR',
      { channels: 'BGR' },
      [3, 13, 103, 113, 2, 12, 102, 112, 1, 11, 101, 111],
      [13, 3, 113, 103, 12, 2, 112, 102, 11, 1, 111, 101],
    ],
    ['NHWC', { layout: 'NHWC' }, [...FACE], [11, 12, 13, 1, 2, 3, 111, 112, 113, 101, 102, 103]],
    [
      'NHWC, BGR',
      { layout: 'NHWC', channels: 'BGR' },
      [3, 2, 1, 13, 12, 11, 103, 102, 101, 113, 112, 111],
      [13, 12, 11, 3, 2, 1, 113, 112, 111, 103, 102, 101],
    ],
  ])('as %s', (_, convention, face, mirror) => {
    const { data } = facesAndMirrors([FACE], { ...plain, ...convention });
    expect([...data]).toEqual([...face, ...mirror]);
  });

  it('scaled', () => {
    const { data, shape } = facesAndMirrors([FACE, FACE], { ...plain, mean: 1, scale: 10 });
    expect(shape).toEqual([4, 3, 2, 2]);
    expect(data.slice(0, 4)).toEqual(Float32Array.of(0, 1, 10, 11));
  });
});
