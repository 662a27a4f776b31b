/**
 * The rows of a scan that may be among the best, as the scan goes on.
 *
 * They are held in a buffer; when it is full, the bar rises to what the wanted number of rows certainly
 * reach, and what cannot reach it is thrown out. So each row costs next to nothing, and nothing is sorted.
 */
import { nthLargest } from './nth-largest.ts';

const SMALLEST_CAPACITY = 1024;

/** So much larger than what is wanted is the buffer, that the bar rises seldom. */
const CAPACITY_RATIO = 4;

export class Candidates {
  readonly #wanted: number;
  #bar: number;
  #count = 0;
  #shards: Uint32Array;
  #rows: Uint32Array;
  #lows: Float64Array;
  #highs: Float64Array;

  /**
   * @param wanted how many rows must be left at least, if there are as many
   * @param bar no row is held that cannot reach it
   */
  constructor(wanted: number, bar: number) {
    const capacity = Math.max(SMALLEST_CAPACITY, CAPACITY_RATIO * wanted);
    this.#wanted = wanted;
    this.#bar = bar;
    this.#shards = new Uint32Array(capacity);
    this.#rows = new Uint32Array(capacity);
    this.#lows = new Float64Array(capacity);
    this.#highs = new Float64Array(capacity);
  }

  /** Every row that was added and whose `high` is at least this is held. It only rises. */
  get bar(): number {
    return this.#bar;
  }

  /** How many are held. */
  get count(): number {
    return this.#count;
  }

  /** @param low with `high` the interval in which the true product lies */
  add(shard: number, row: number, low: number, high: number): void {
    if (high < this.#bar) return;
    if (this.#count === this.#rows.length) this.#makeRoom();
    const at = this.#count++;
    this.#shards[at] = shard;
    this.#rows[at] = row;
    this.#lows[at] = low;
    this.#highs[at] = high;
  }

  /** Raises the bar to the `wanted`-th largest `low`. */
  tighten(): void {
    if (this.#count <= this.#wanted) return;
    const lows = this.#lows.slice(0, this.#count);
    this.#bar = Math.max(this.#bar, nthLargest(lows, this.#wanted));
    let kept = 0;
    for (let i = 0; i < this.#count; i++) {
      if ((this.#highs[i] ?? 0) < this.#bar) continue;
      this.#shards[kept] = this.#shards[i] ?? 0;
      this.#rows[kept] = this.#rows[i] ?? 0;
      this.#lows[kept] = this.#lows[i] ?? 0;
      this.#highs[kept] = this.#highs[i] ?? 0;
      kept++;
    }
    this.#count = kept;
  }

  forEach(visit: (shard: number, row: number, low: number, high: number) => void): void {
    for (let i = 0; i < this.#count; i++) {
      visit(this.#shards[i] ?? 0, this.#rows[i] ?? 0, this.#lows[i] ?? 0, this.#highs[i] ?? 0);
    }
  }

  /** Rows too close to tell apart may be any number. */
  #makeRoom(): void {
    this.tighten();
    const capacity = this.#rows.length;
    if (this.#count <= capacity / 2) return;
    const grown = <A extends Uint32Array | Float64Array>(empty: A, values: A): A => {
      empty.set(values);
      return empty;
    };
    this.#shards = grown(new Uint32Array(2 * capacity), this.#shards);
    this.#rows = grown(new Uint32Array(2 * capacity), this.#rows);
    this.#lows = grown(new Float64Array(2 * capacity), this.#lows);
    this.#highs = grown(new Float64Array(2 * capacity), this.#highs);
  }
}
