/** Says what synthesis is doing, once it has taken two seconds: a line for each step from then on. */

const FIRST_MS = 2000;

export class Steps {
  readonly #say: (line: string) => void;
  readonly #clock: () => number;
  readonly #startedAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(say: (line: string) => void, clock: () => number) {
    this.#say = say;
    this.#clock = clock;
    this.#startedAt = clock();
  }

  /** @param doing such as `Bundling 27 functions` */
  begin(doing: string): void {
    this.end();
    const elapsed = this.#clock() - this.#startedAt;
    if (elapsed >= FIRST_MS) this.#say(`${doing} ...`);
    else this.#timer = setTimeout(() => this.#say(`${doing} ...`), FIRST_MS - elapsed);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
