/**
 * The import: photograph after photograph to the service, as many at once as speed it up, each into the journal
 * once it is answered for. Photographs are in bounded memory.
 */
import { externalImageIdOf } from '../../../functions/common/external-ids.ts';
import { Failure } from '../cli/index.ts';
import type { Bottleneck } from './bottleneck.ts';
import { bytesOf } from './file-name.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { Pace, Spent } from './pace.ts';
import type { Room } from './room.ts';
import { partsOf, spentOf } from './server-timing.ts';
import { meaningOf, type Service } from './service.ts';
import { type Photograph, type Source, UnusableError } from './source.ts';
import { inWords, serviceInWords } from './words.ts';

export interface ImportOptions {
  readonly source: Source;
  readonly service: Pick<Service, 'index' | 'createUser' | 'associate'>;
  readonly journal: Pick<Journal, 'isDone' | 'write'>;
  readonly pace: Pace;
  /** For the photographs that are read and not yet answered for. */
  readonly memory: Room;
  /** Told where their time goes. */
  readonly bottleneck: Bottleneck;
  /** The most photographs that are taken in hand at once, whatever the pace. */
  readonly parallel: number;
  readonly userFromFolder: boolean;
  /** Told of every photograph, whether it was done before or is done now. */
  readonly onDone: (entry: JournalEntry | undefined) => void;
  /** Aborted when the import is to end early. */
  readonly signal: AbortSignal;
}

/** The service could not be reached, or failed, too often in a row. */
export class GivenUpError extends Failure {
  override readonly name = 'GivenUpError';
}

/** With pauses of up to 20 seconds between them, a restart of the service takes less. */
const ATTEMPTS = 12;

/** The most characters that a user id may have. */
const LONGEST_USER_ID = 128;

/**
 * Ends when all is done or the signal is aborted, after the requests that are under way.
 * @throws GivenUpError, and errors of the service that concern every photograph
 */
export async function runImport(options: ImportOptions): Promise<void> {
  const { source, parallel, pace, signal } = options;
  let isAtEnd = false;
  const photographs = source.photographs();
  const failures: unknown[] = [];
  const users = new Map<string, Promise<void>>();
  const worker = async () => {
    while (!isAtEnd && !signal.aborted && failures.length === 0) {
      await pace.take(async () => {
        if (signal.aborted || failures.length > 0) return;
        const { value: photograph, done } = await photographs.next();
        if (done || photograph === undefined) {
          isAtEnd = true;
          return;
        }
        try {
          await importOne(options, photograph, users, () => failures.length > 0);
        } catch (error) {
          failures.push(error);
        }
      });
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  if (failures.length > 0) throw failures[0];
}

async function importOne(
  options: ImportOptions,
  photograph: Photograph,
  users: Map<string, Promise<void>>,
  isOver: () => boolean,
): Promise<void> {
  const { journal, memory, onDone, signal } = options;
  const { name } = photograph;
  let version = '';
  let entry: JournalEntry;
  try {
    version = await photograph.version();
    if (journal.isDone(name, version)) {
      onDone(undefined);
      return;
    }
    const sent = await memory.use(await photograph.weight(), () =>
      send(options, photograph, users, isOver),
    );
    entry = { name, version, ...sent };
  } catch (error) {
    if (signal.aborted && error instanceof InterruptedError) return;
    const rejected = rejection(error);
    if (rejected === undefined) throw error;
    entry = { name, version, faces: 0, rejected };
  }
  await journal.write(entry);
  onDone(entry);
}

async function send(
  options: ImportOptions,
  photograph: Photograph,
  users: Map<string, Promise<void>>,
  isOver: () => boolean,
): Promise<Pick<JournalEntry, 'faces' | 'userProblem'>> {
  const { service, bottleneck, userFromFolder } = options;
  const attempt = <T>(request: () => Promise<T>, spent?: (answer: T) => Spent | undefined) =>
    persist(options, request, isOver, spent);
  const startedAt = performance.now();
  const image = await photograph.image();
  const reading = performance.now() - startedAt;
  const externalImageId = externalImageIdOf(bytesOf(photograph.name));
  const { stored, time } = await attempt(
    () => service.index({ image, externalImageId }),
    (answer) => spentOf(answer.time),
  );
  bottleneck.add({ reading, ...partsOf(time) });
  const userId = userFromFolder ? userOf(photograph.name) : undefined;
  const largest = stored[0]?.Face?.FaceId;
  if (userId === undefined || largest === undefined) return { faces: stored.length };
  if (userId.length > LONGEST_USER_ID) {
    return { faces: stored.length, userProblem: 'The name of the folder is too long for a user.' };
  }
  let created = users.get(userId);
  if (created === undefined) {
    created = attempt(() => service.createUser(userId));
    users.set(userId, created);
  }
  await created;
  const userProblem = await attempt(() => service.associate(userId, largest));
  return { faces: stored.length, ...(userProblem === undefined ? {} : { userProblem }) };
}

/** The user that the folder of a photograph names, undefined for one in no folder. */
function userOf(name: string): string | undefined {
  const folder = name.split('/').at(-2);
  return folder === undefined || folder === '' ? undefined : externalImageIdOf(bytesOf(folder));
}

/** Stopped before the request was answered for. */
class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** Repeats a request until it is answered for. */
async function persist<T>(
  { pace, signal }: ImportOptions,
  request: () => Promise<T>,
  isOver: () => boolean,
  spent: (answer: T) => Spent | undefined = () => undefined,
): Promise<T> {
  for (let failures = 0; ; ) {
    if (signal.aborted || isOver()) throw new InterruptedError('The import is over.');
    try {
      const answer = await pace.run(request);
      pace.answered(spent(answer));
      return answer;
    } catch (error) {
      const meaning = meaningOf(error);
      if (meaning === 'rejected' || meaning === 'fatal') throw error;
      pace.refused();
      // A service that asks to slow down is there, and will answer in its time.
      if (meaning === 'slow' || ++failures < ATTEMPTS) continue;
      const why = error instanceof Error ? error.message : String(error);
      throw new GivenUpError(`Given up after ${ATTEMPTS} attempts: ${why}`, { cause: error });
    }
  }
}

/** @returns undefined for what does not concern this photograph alone */
function rejection(error: unknown): JournalEntry['rejected'] | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof UnusableError) return { code: error.code, message: error.message };
  const isFile = 'syscall' in error && 'path' in error && 'code' in error;
  if (isFile)
    return { code: String(error.code), message: `The file cannot be read: ${inWords(error)}.` };
  if (meaningOf(error) !== 'rejected') return undefined;
  return { code: error.name, message: serviceInWords(error) };
}
