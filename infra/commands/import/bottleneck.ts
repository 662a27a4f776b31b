/** What limits an import: where its photographs spend most of their time. */

/** What a photograph goes through. Waiting for a request to end is none of it. */
export const STAGES = ['reading', 'network', 'service'] as const;
export type Stage = (typeof STAGES)[number];

/** For people. */
const WORDS: Readonly<Record<Stage | 'throttling', string>> = {
  reading: 'reading the photographs',
  network: 'the network',
  service: 'the service',
  throttling: 'the service, which asks to slow down',
};

/** What is left of the past when a photograph is done: some fifty of them tell. */
const MEMORY = 0.98;

export class Bottleneck {
  readonly #spent: Record<Stage, number> = { reading: 0, network: 0, service: 0 };

  /** @param milliseconds that one photograph spent in each stage */
  add(milliseconds: Readonly<Record<Stage, number>>): void {
    for (const stage of STAGES) {
      this.#spent[stage] = this.#spent[stage] * MEMORY + Math.max(0, milliseconds[stage]);
    }
  }

  /** @param isHeldBack whether the service asked to slow down. @returns nothing before the first photograph */
  inWords(isHeldBack: boolean): string | undefined {
    if (isHeldBack) return WORDS.throttling;
    const [most] = STAGES.toSorted((a, b) => this.#spent[b] - this.#spent[a]);
    return most === undefined || this.#spent[most] === 0 ? undefined : WORDS[most];
  }
}
