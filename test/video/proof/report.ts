/** What a proof found, line by line, and whether it is what it must be. */

export class Report {
  readonly #print: (line: string) => void;
  #failures = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  get failures(): number {
    return this.#failures;
  }

  say(line: string): void {
    this.#print(`      ${line}`);
  }

  /** @param holds whether it is as it must be */
  check(holds: boolean, line: string): void {
    if (!holds) this.#failures += 1;
    this.#print(`${holds ? 'ok   ' : 'FAILS'} ${line}`);
  }
}
