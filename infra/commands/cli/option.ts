/** The kinds of options: what may be given for each, and what it then means. Pure. */

export interface Option<T> {
  /** A switch is there or not; a text follows its name; a list does so as often as one likes. */
  readonly kind: 'switch' | 'text' | 'list';
  /** What stands for the text in help, such as `FOLDER`. */
  readonly placeholder: string;
  readonly help: string;
  /** The environment variable that does the same. */
  readonly variable: string | undefined;
  /** What turns a switch on in its variable; its opposite, like an empty one, leaves it off. */
  readonly on: '1' | '0';
  /** Said where it is absent and must not be, such as `Say where it goes: --collection ID.`. */
  readonly missing: string | undefined;
  /** @returns what is wrong with a text, in a sentence */
  readonly problem: (text: string) => string | undefined;
  /** @param texts without problems, in the order in which they were given, the last counts; none if it is absent */
  readonly read: (texts: readonly string[]) => T;
}

interface Described {
  readonly help: string;
  readonly variable?: string;
}

interface Textual<F> extends Described {
  readonly placeholder: string;
  /** What it means where it is not given. Without one it is `undefined`. */
  readonly fallback?: F;
}

interface TextSpecification<F> extends Textual<F> {
  /** Said where it is absent and must not be. */
  readonly missing?: string;
  readonly problem?: (text: string) => string | undefined;
}

export function text(
  specification: TextSpecification<string> & { fallback: string },
): Option<string>;
export function text(
  specification: TextSpecification<string> & { missing: string },
): Option<string>;
export function text(specification: TextSpecification<string>): Option<string | undefined>;
export function text(specification: TextSpecification<string>): Option<string | undefined> {
  const { problem = () => undefined, fallback, missing } = specification;
  return {
    ...textual('text', specification),
    missing,
    problem,
    read: (given) => given.at(-1) ?? fallback,
  };
}

interface NumberSpecification extends Textual<number> {
  /** Both included. */
  readonly from: number;
  readonly to: number;
  /** As the message calls it, such as `The port`. */
  readonly name: string;
}

/** A whole number, in decimal digits. */
export function whole(specification: NumberSpecification & { fallback: number }): Option<number>;
export function whole(specification: NumberSpecification): Option<number | undefined>;
export function whole(specification: NumberSpecification): Option<number | undefined> {
  const { from, to, name, fallback } = specification;
  return {
    ...textual('text', specification),
    problem: (given) =>
      /^\d{1,15}$/.test(given) && Number(given) >= from && Number(given) <= to
        ? undefined
        : `${name} must be a number from ${from} to ${to}, not "${given}".`,
    read: (given) => (given.length === 0 ? fallback : Number(given.at(-1))),
  };
}

interface ChoiceSpecification<C extends string> extends Textual<C> {
  readonly choices: readonly C[];
  /** As the message calls it. */
  readonly name: string;
}

export function choice<C extends string>(
  specification: ChoiceSpecification<C> & { fallback: C },
): Option<C>;
export function choice<C extends string>(
  specification: ChoiceSpecification<C>,
): Option<C | undefined>;
export function choice<C extends string>(
  specification: ChoiceSpecification<C>,
): Option<C | undefined> {
  const { choices, name, fallback } = specification;
  const chosen = (given: string) => choices.find((one) => one === given);
  return {
    ...textual('text', specification),
    problem: (given) =>
      chosen(given) === undefined
        ? `${name} must be one of ${choices.join(', ')}, not "${given}".`
        : undefined,
    read: (given) => (given.length === 0 ? fallback : chosen(given.at(-1) ?? '')),
  };
}

/** Any number of texts: the option again and again, or several separated by commas. */
export function list(specification: TextSpecification<never>): Option<readonly string[]> {
  const { problem = () => undefined } = specification;
  const parts = (given: string) =>
    given
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  return {
    ...textual('list', specification),
    problem: (given) => {
      const each = parts(given);
      // An empty list must not be taken for none, which may mean everything.
      if (each.length === 0) return `Nothing is named by "${given}".`;
      return each.flatMap((part) => problem(part) ?? []).join('\n') || undefined;
    },
    read: (given) => given.flatMap(parts),
  };
}

/** @param on what its variable must be to turn it on; default 1 */
export function flag({
  help,
  variable,
  on = '1',
}: Described & { on?: '1' | '0' }): Option<boolean> {
  return {
    kind: 'switch',
    placeholder: '',
    help,
    variable,
    on,
    missing: undefined,
    problem: (given) =>
      ['', '0', '1'].includes(given) ? undefined : `${variable} must be 1 or 0, not "${given}".`,
    read: (given) => given.at(-1) === on,
  };
}

function textual<K extends 'text' | 'list'>(
  kind: K,
  { placeholder, help, variable }: Textual<unknown>,
) {
  return { kind, placeholder, help, variable, on: '1' as const, missing: undefined };
}
