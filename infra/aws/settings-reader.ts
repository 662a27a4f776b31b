/** Reads settings of a type; what is wrong is noted, and the setting taken for absent. */
export class SettingsReader {
  readonly problems: string[] = [];
  readonly #context: Readonly<Record<string, unknown>>;

  constructor(context: Readonly<Record<string, unknown>>) {
    this.#context = context;
  }

  text(name: string, pattern: RegExp, meaning: string): string | undefined {
    const value = this.#context[name];
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string' && pattern.test(value)) return value;
    return this.#wrong(name, meaning, value);
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.#context[name];
    if (value === undefined) return undefined;
    return (
      choices.find((choice) => choice === value) ?? this.#wrong(name, choices.join(' or '), value)
    );
  }

  /** Whole numbers; the command line has them as text. */
  integer(name: string, min: number, max: number): number | undefined {
    const value = this.#context[name];
    if (value === undefined || value === '') return undefined;
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) {
      return number;
    }
    return this.#wrong(name, `a whole number from ${min} to ${max}`, value);
  }

  boolean(name: string): boolean | undefined {
    const value = this.#context[name];
    if (value === undefined) return undefined;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    return this.#wrong(name, 'true or false', value);
  }

  list(
    name: string,
    pattern: RegExp | ((item: string) => boolean),
    meaning: string,
  ): readonly string[] | undefined {
    const value = this.#context[name];
    if (value === undefined) return undefined;
    const items: unknown = typeof value === 'string' ? value.split(',').filter(Boolean) : value;
    const isItem = (item: unknown): item is string =>
      typeof item === 'string' && (pattern instanceof RegExp ? pattern.test(item) : pattern(item));
    if (Array.isArray(items) && items.every(isItem)) return [...new Set(items)];
    return this.#wrong(name, `a list of ${meaning}`, value);
  }

  /** @returns what is said of names that are no settings. The CDK's own have a colon or an @, or begin with `cli-`. */
  unknown(known: readonly string[]): string[] {
    return Object.keys(this.#context)
      .filter((name) => !/[:@]|^cli-/.test(name) && !known.includes(name))
      .map((name) => `There is no setting ${name}; there are ${known.join(', ')}.`);
  }

  #wrong(name: string, expected: string, value: unknown): undefined {
    this.problems.push(`${name} must be ${expected}, not ${JSON.stringify(value)}.`);
    return undefined;
  }
}
