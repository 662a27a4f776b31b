/** A declaration made into something that can be run. */
import { type Given, readArguments } from './arguments.ts';
import type { Asked, Declaration, Options } from './declaration.ts';
import type { Surroundings } from './surroundings.ts';

/** A command as the program knows it, whatever its options are. */
export interface Command extends Omit<Declaration<Options>, 'check' | 'run'> {
  /** @throws UsageError, Failure, and whatever else goes wrong */
  readonly run: (args: readonly string[], surroundings: Surroundings) => Promise<number>;
}

export type DeclaredCommand<O extends Options> = Command & {
  /** @throws UsageError */
  readonly read: (args: readonly string[], environment: Given) => Asked<O>;
};

export function command<const O extends Options>(declaration: Declaration<O>): DeclaredCommand<O> {
  const read = (args: readonly string[], environment: Given) =>
    readArguments(declaration, args, environment);
  return {
    ...declaration,
    read,
    run: async (args, surroundings) =>
      (await declaration.run(read(args, surroundings.environment), surroundings)) ?? 0,
  };
}
