/** What the errors of one machine are called in the API, beside those that services everywhere have. */
import { translate } from '../../functions/common/faults.ts';
import { ServiceError } from '../../layers/protocol/index.ts';

/** How the sentences of a store begin that say what is wrong with the machine, and not with a request. */
const OF_THE_STORE =
  /^(The disk is full|\S.* (is damaged|is missing|may not be written|could not be used))/;

/** @returns undefined for what is a fault of ours */
export function translateLocally(error: unknown): ServiceError | undefined {
  const known = translate(error);
  if (known !== undefined) return known;
  const sentence = sentenceOf(error);
  if (sentence === undefined) return undefined;
  return new ServiceError('InternalServerError', sentence, { cause: error });
}

/** The database and the object store say what is wrong with the disk; the SDK hands it on. */
function sentenceOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  if (OF_THE_STORE.test(error.message)) return withoutPaths(error.message);
  return undefined;
}

/** Where data lie on the machine concerns its owner alone; the log has it. */
function withoutPaths(sentence: string): string {
  return sentence.replace(/(?:[A-Za-z]:)?[\\/][^\s:,]+/g, 'the data');
}
