/** Whether the lines of a trail are all there and as they were written. Pure. */
import { type AuditLine, BEGINNING, hashOf } from './line.ts';

/** What is wrong with a trail, in a sentence that says where. */
export interface Problem {
  /** From 1; undefined for what concerns a chain as a whole. */
  readonly line?: number;
  readonly text: string;
}

/** The end of each chain, as the last line of an export has it. */
export type Heads = Readonly<
  Record<string, { readonly Sequence: number; readonly Sha256: string }>
>;

interface Seen {
  sequence: number;
  hash: string;
}

/** Takes the lines one by one, those of a chain in their order. */
export class TrailCheck {
  readonly #exportedAt: number;
  readonly #chains = new Map<string, Seen>();
  readonly #earlier: Heads;
  readonly problems: Problem[] = [];
  #lines = 0;

  /**
   * @param exportedAt seconds since the epoch: what had expired by then may be missing
   * @param earlier the heads of an export before: the chains must lead on from them
   */
  constructor(exportedAt: number, earlier: Heads = {}) {
    this.#exportedAt = exportedAt;
    this.#earlier = earlier;
  }

  get lines(): number {
    return this.#lines;
  }

  add(text: string): void {
    const number = ++this.#lines;
    const line = parse(text);
    if (line === undefined) {
      this.problems.push({ line: number, text: 'It is not a line of an audit trail.' });
      return;
    }
    const { Chain, Sequence, Previous, PreviousExpires } = line;
    const before = this.#chains.get(Chain) ?? beginningOf(line);
    if (before !== undefined && Sequence !== before.sequence + 1) {
      const missing =
        Sequence > before.sequence + 1
          ? `${before.sequence + 1} to ${Sequence - 1} of chain ${Chain} are missing before it`
          : `it stands behind ${before.sequence} of chain ${Chain}`;
      this.problems.push({ line: number, text: `It is number ${Sequence}; ${missing}.` });
    } else if (before !== undefined && Previous !== before.hash) {
      this.problems.push({
        line: number,
        text: `The line before it in chain ${Chain}, number ${before.sequence}, is not as it was written.`,
      });
    } else if (before === undefined && PreviousExpires > this.#exportedAt) {
      this.problems.push({
        line: number,
        text: `Numbers 1 to ${Sequence - 1} of chain ${Chain} are missing before it, and had not expired.`,
      });
    }
    const hash = hashOf(text);
    const known = this.#earlier[Chain];
    if (known?.Sequence === Sequence && known.Sha256 !== hash) {
      this.problems.push({ line: number, text: 'It is another than in the earlier export.' });
    }
    this.#chains.set(Chain, { sequence: Sequence, hash });
  }

  /** @param heads as the export says that its chains end */
  end(heads: Heads): void {
    for (const [chain, { Sequence, Sha256 }] of Object.entries(heads)) {
      const seen = this.#chains.get(chain);
      if (seen?.sequence === Sequence && seen.hash !== Sha256) {
        const text = `The last line of chain ${chain}, number ${Sequence}, is not as it was written.`;
        this.problems.push({ text });
      } else if (seen?.sequence !== Sequence) {
        const last = seen === undefined ? 'has no line' : `ends with number ${seen.sequence}`;
        this.problems.push({ text: `Chain ${chain} ${last}, and must end with ${Sequence}.` });
      }
    }
    for (const [chain, { Sequence }] of Object.entries(this.#earlier)) {
      const seen = this.#chains.get(chain);
      if (seen === undefined || seen.sequence >= Sequence) continue;
      const text = `Chain ${chain} ends with number ${seen.sequence}; in the earlier export it went on to ${Sequence}.`;
      this.problems.push({ text });
    }
    for (const chain of this.#chains.keys()) {
      if (!(chain in heads)) this.problems.push({ text: `The end of chain ${chain} is not told.` });
    }
  }

  heads(): Heads {
    return Object.fromEntries(
      [...this.#chains].map(([chain, { sequence, hash }]) => [
        chain,
        { Sequence: sequence, Sha256: hash },
      ]),
    );
  }
}

/** What a chain's first line in an export follows: the beginning, or what has expired. */
function beginningOf({ Sequence }: AuditLine): Seen | undefined {
  return Sequence === 1 ? { sequence: 0, hash: BEGINNING.hash } : undefined;
}

function parse(text: string): AuditLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    const isLine =
      typeof line === 'object' &&
      line !== null &&
      'Chain' in line &&
      typeof line.Chain === 'string' &&
      'Sequence' in line &&
      Number.isSafeInteger(line.Sequence) &&
      'Previous' in line;
    return isLine ? (line as AuditLine) : undefined;
  } catch {
    return undefined;
  }
}
