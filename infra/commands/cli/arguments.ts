/** Reads a command line by a declaration. Everything that is wrong with it is told at once. Pure. */
import { parseArgs } from 'node:util';
import type { Asked, Declaration, Options, Values } from './declaration.ts';
import { UsageError } from './failures.ts';
import type { Option } from './option.ts';

/** Environment variables. */
export type Given = Readonly<Record<string, string | undefined>>;

/** @throws UsageError */
export function readArguments<O extends Options>(
  declaration: Declaration<O>,
  args: readonly string[],
  environment: Given,
): Asked<O> {
  const { texts, operands, given } = parse(declaration, args, environment);
  const problems = [
    ...operandProblems(declaration, operands),
    ...Object.entries(declaration.options).flatMap(([name, option]) => {
      const given = texts.get(name) ?? [];
      if (given.length === 0 && option.missing !== undefined) return [option.missing];
      return given.flatMap((text) => option.problem(text) ?? []);
    }),
  ];
  if (problems.length > 0) throw new UsageError(problems);
  const read = ([name, option]: [string, Option<unknown>]) => [
    name,
    option.read(texts.get(name) ?? []),
  ];
  const asked: Asked<O> = {
    options: Object.fromEntries(Object.entries(declaration.options).map(read)) as Values<O>,
    operands,
    given,
  };
  const together = declaration.check?.(asked) ?? [];
  if (together.length > 0) throw new UsageError(together);
  return asked;
}

function parse(
  { options, handsOn }: Pick<Declaration<Options>, 'options' | 'handsOn'>,
  args: readonly string[],
  environment: Given,
) {
  if (handsOn) {
    return { texts: new Map<string, string[]>(), operands: [...args], given: new Set<string>() };
  }
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { kind }]) => [
      name,
      kind === 'switch'
        ? ({ type: 'boolean', multiple: true } as const)
        : ({ type: 'string', multiple: true } as const),
    ]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: config,
    });
    const texts = new Map(
      Object.entries(options).map(([name, option]) => [
        name,
        values[name]?.map((value) => (value === true ? option.on : String(value))) ??
          fromVariable(option, environment),
      ]),
    );
    return { texts, operands: positionals, given: new Set(Object.keys(values)) };
  } catch (cause) {
    // The parser advises how to pass what looks like an option, which nobody asked for.
    const problem = (cause instanceof Error ? cause.message : String(cause)).split(/\. (?=To )/)[0];
    throw new UsageError([`${problem?.replace(/\.?$/, '.')}`], { cause });
  }
}

function fromVariable({ variable }: Option<unknown>, environment: Given): string[] {
  const text = variable === undefined ? undefined : environment[variable];
  return text === undefined || text === '' ? [] : [text];
}

function operandProblems(
  { operands }: Pick<Declaration<Options>, 'operands'>,
  given: readonly string[],
): string[] {
  const { least = 0, most = 0, missing = '', problem = () => undefined } = operands ?? {};
  return [
    ...(given.length < least ? [missing] : []),
    ...given.slice(0, most).flatMap((operand) => problem(operand) ?? []),
    ...given.slice(most).map((operand) => `What is "${operand}"?`),
  ];
}
