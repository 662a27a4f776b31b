/** What commands are made of: declarations, options, targets, progress, failures. */
export { type Command, command } from './command.ts';
export type { Asked, Options, Values } from './declaration.ts';
export { EXIT, explain, Failure, UsageError } from './failures.ts';
export { choice, flag, list, type Option, text, whole } from './option.ts';
export { runProgram, runScript } from './program.ts';
export { withProgress } from './progress.ts';
export { processSurroundings, type Surroundings } from './surroundings.ts';
export {
  DATA,
  ENDPOINT,
  JSON_OUTPUT,
  onlyOneOf,
  STACK,
  type Target,
  targetOf,
  urlProblem,
} from './targets.ts';
