/**
 * The rows of a scan that may be among the best, as the scan goes on.
 *
 * When about as many have come as are wanted, the bar rises to what the wanted number of rows certainly reach,
 * and what cannot reach it is thrown out. So each row costs next to nothing, nothing is sorted, and the bar is
 * soon near to where it ends: rows that do not reach it are passed over by half of their codes.
 */
import { nthLargest } from './nth-largest.ts';

/** The bar does not rise for fewer. */
const FEWEST = 8;

/** The bar rises again when what is held has grown by so much of itself, so that ties do not slow it down. */
const GROWTH = 1 / 4;

export class Candidates {
  readonly #wanted: number;
  #bar: number;
  #count = 0;
  /** How many are held when the bar is to rise; there is room for them. */
  #full: number;
  #shards: Uint32Array;
  #rows: Uint32Array;
  #lows: Float64Array;
  #highs: Float64Array;

  /**
   * @param wanted how many rows must be left at least, if there are as many
   * @param bar no row is held that cannot reach it
   */
  constructor(wanted: number, bar: number) {
    this.#wanted = wanted;
    this.#bar = bar;
    this.#full = wanted + moreThan(wanted);
    this.#shards = new Uint32Array(this.#full);
    this.#rows = new Uint32Array(this.#full);
    this.#lows = new Float64Array(this.#full);
    this.#highs = new Float64Array(this.#full);
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
    if (this.#count === this.#full) this.#makeRoom();
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
    this.#full = this.#count + moreThan(this.#count);
    const capacity = this.#rows.length;
    if (this.#full <= capacity) return;
    const room = Math.max(this.#full, 2 * capacity);
    const grown = <A extends Uint32Array | Float64Array>(empty: A, values: A): A => {
      empty.set(values);
      return empty;
    };
    this.#shards = grown(new Uint32Array(room), this.#shards);
    this.#rows = grown(new Uint32Array(room), this.#rows);
    this.#lows = grown(new Float64Array(room), this.#lows);
    this.#highs = grown(new Float64Array(room), this.#highs);
  }
}

/** How many more come before the bar rises again. */
const moreThan = (held: number) => Math.max(FEWEST, Math.ceil(GROWTH * held));
