/** How far an import is: a bar that is rewritten on a terminal, and plain lines elsewhere. */
import type { Totals } from './journal.ts';

export interface ProgressOptions {
  readonly output: Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean };
  readonly total: number;
  /** Milliseconds. */
  readonly clock: () => number;
  /** How many photographs there are at once and what limits their rate, as soon as that is known. */
  readonly pace?: () => string | undefined;
}

const BAR = 24;
const REDRAW_MS = 200;
const LINE_MS = 10_000;
/** The rate is that of so much time before. */
const WINDOW_MS = 30_000;

export class Progress {
  readonly #options: ProgressOptions;
  readonly #samples: { readonly at: number; readonly worked: number }[];
  #seen = 0;
  #worked = 0;
  #shown = Number.NEGATIVE_INFINITY;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#samples = [{ at: options.clock(), worked: 0 }];
  }

  /** @param wasWork whether the photograph was sent, rather than done before */
  count(wasWork: boolean, totals: Totals): void {
    this.#seen++;
    if (wasWork) this.#worked++;
    const { output, clock, total } = this.#options;
    const now = clock();
    const period = output.isTTY ? REDRAW_MS : LINE_MS;
    if (now - this.#shown >= period || this.#seen === total) this.#show(now, totals);
  }

  /** Leaves the line. */
  end(totals: Totals): void {
    const { output, total, clock } = this.#options;
    if (this.#seen < total) this.#show(clock(), totals);
    if (output.isTTY) output.write('\n');
  }

  #show(now: number, totals: Totals): void {
    this.#shown = now;
    const { output, total } = this.#options;
    const rate = this.#rate(now);
    const left =
      this.#seen >= total ? [] : [`${rate > 0 ? duration((total - this.#seen) / rate) : '?'} left`];
    const text = [
      `${this.#seen}/${total}`,
      `${totals.faces} faces`,
      `${totals.rejected} rejected`,
      `${rate.toFixed(1)}/s`,
      ...left,
      ...(this.#seen >= total ? [] : [this.#options.pace?.() ?? []].flat()),
    ].join('  ');
    if (!output.isTTY) {
      output.write(`${text}\n`);
      return;
    }
    const filled = total === 0 ? BAR : Math.round((BAR * this.#seen) / total);
    const bar = `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`;
    output.write(`\r\u001b[K${bar} ${text}`);
  }

  /** Photographs a second. */
  #rate(now: number): number {
    this.#samples.push({ at: now, worked: this.#worked });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > WINDOW_MS) {
      this.#samples.shift();
    }
    const first = this.#samples[0] ?? { at: now, worked: 0 };
    const seconds = (now - first.at) / 1000;
    return seconds > 0 ? (this.#worked - first.worked) / seconds : 0;
  }
}

/** Hours, minutes and seconds, without leading parts that are zero: `1:02:03`, `2:05`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
