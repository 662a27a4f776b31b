/** What is compared: something that holds vectors and finds the rows that are nearest. */
import type { Data } from './data.ts';

export interface Engine {
  /** Of everything that a search needs in memory. */
  readonly bytes: number;
  /** Rows of the `count` nearest, in no order. */
  nearest(query: Float32Array, count: number): number[] | Promise<number[]>;
  /** Rows whose cosine is at least that, no more than `most`. @param expected how many there are */
  above(
    query: Float32Array,
    minCosine: number,
    most: number,
    expected: number,
  ): number[] | Promise<number[]>;
}

export interface Contestant {
  readonly name: string;
  /** More vectors than this take too long to build; everything is built with `--full`. */
  readonly affordable?: number;
  /** Where what was built is kept: if it is there, nothing is too much. */
  readonly kept?: (data: Data) => string;
  build(data: Data): Promise<Engine>;
}
