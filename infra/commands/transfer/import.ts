/** Imports an exported file, page by page, and goes on where it was when it is interrupted anywhere. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { EXIT, Failure, type Surroundings, withProgress } from '../cli/index.ts';
import { connection } from '../connection.ts';
import { type Connect, connectExtensions, type Extensions } from '../extensions/client.ts';
import { FACES_PER_PAGE } from './export.ts';
import type { CollectionLine } from './format.ts';
import { check, linesOf } from './read.ts';
import { forgetState, readState, writeState } from './state.ts';

export interface ImportRequest {
  readonly file: string;
  /** Default: that of the file. */
  readonly collection: string | undefined;
  /** Into a collection that is there, beside what it holds. */
  readonly merge: boolean;
  readonly data: string;
  readonly endpoint: string | undefined;
  readonly profile: string | undefined;
  readonly region: string | undefined;
  readonly json: boolean;
}

interface State {
  readonly subject: string;
  /** Of the file, that are stored. */
  readonly lines: number;
}

interface Unassociated {
  readonly UserId: string;
  readonly FaceId: string;
  readonly Reason: string;
}

interface Answer {
  readonly UnassociatedFaces: readonly Unassociated[];
  readonly SuppressedFaces: readonly string[];
}

/** Suppressions too. */
const USERS_PER_PAGE = 100;

/** @throws ExportDamagedError, TransferStateError, and what the SDK throws */
export async function runImport(
  request: ImportRequest,
  surroundings: Surroundings,
  connect: Connect = connectExtensions,
): Promise<number> {
  const { say, print, clock } = surroundings;
  let read = 0;
  const { collection, end } = await withProgress(
    surroundings,
    () => `Checking the file, ${read} lines so far`,
    () => check(request.file, (count) => (read = count)),
  );
  const id = request.collection ?? collection.CollectionId;
  const { endpoint } = connection(request, surroundings.environment, 'REKOGNITION');
  const subject = `${end.Sha256} to ${id} at ${endpoint}`;
  const state = stateFile(request.data, id, subject);
  const extensions = connect(request, surroundings.environment);
  const startedAt = clock();
  const importing = new Importing({ extensions, collection, id, state, subject, request });
  try {
    const before = await importing.begin();
    if (before > 0) say(`Going on after ${before} lines.`);
    const signal = surroundings.interruption();
    const total = end.Faces + end.Users;
    const isDone = await withProgress(
      surroundings,
      () => `${Math.max(0, importing.lines - 1)} of ${total} faces and users are stored`,
      () => importing.store(signal),
    );
    if (!isDone) {
      say('Interrupted. The same command goes on from here.');
      return EXIT.interrupted;
    }
  } finally {
    extensions.close();
  }
  const seconds = (clock() - startedAt) / 1000;
  const { unassociated, suppressed } = importing;
  if (request.json) {
    const summary = {
      collection: id,
      faces: end.Faces,
      users: end.Users,
      suppressions: end.Suppressions ?? 0,
      seconds,
      unassociated,
      suppressed,
    };
    print(JSON.stringify(summary, null, 2));
    return 0;
  }
  print(`${end.Faces} faces and ${end.Users} users in ${seconds.toFixed(1)} s: collection ${id}`);
  if (suppressed > 0) say(`${suppressed} of the faces are suppressed there, and were left out.`);
  for (const { UserId, FaceId, Reason } of unassociated) {
    say(`The face ${FaceId} is not the user ${UserId}'s: ${Reason}`);
  }
  return 0;
}

interface ImportingOptions {
  readonly extensions: Extensions;
  readonly collection: CollectionLine;
  readonly id: string;
  readonly state: string;
  readonly subject: string;
  readonly request: ImportRequest;
}

class Importing {
  readonly #options: ImportingOptions;
  readonly unassociated: Unassociated[] = [];
  /** How many faces the collection keeps out. */
  suppressed = 0;
  /** That are stored. */
  lines = 0;

  constructor(options: ImportingOptions) {
    this.#options = options;
  }

  /**
   * Creates the collection, unless an earlier attempt did.
   * @returns how many lines that one has stored
   */
  async begin(): Promise<number> {
    const { collection, state, subject, request, id } = this.#options;
    const earlier = await readState<State>(state, subject);
    this.lines = earlier?.lines ?? 0;
    if (this.lines > 0) return this.lines;
    if (request.merge) {
      await this.#call({});
    } else {
      // Noted first: an attempt that dies after the creation knows that the collection is its own.
      await writeState<State>(state, { subject, lines: 0 });
      try {
        const { FaceIdModelVersion, Tags } = collection;
        await this.#call({ Create: true, FaceIdModelVersion, Tags });
      } catch (error) {
        // Of an answer that was lost nobody knows; of a refusal it is certain that nothing was created.
        if (earlier === undefined && isRefusal(error)) await forgetState(state);
        if (!isNamed(error, 'ResourceAlreadyExistsException')) throw error;
        if (earlier === undefined) {
          throw new Failure(
            `There is a collection ${id} already; --collection-id names another, --merge adds to it.`,
            { cause: error },
          );
        }
      }
    }
    await this.#done(1);
    return 0;
  }

  /** @returns false if it was interrupted before the end */
  async store(signal: AbortSignal): Promise<boolean> {
    const { request, state } = this.#options;
    let position = 0;
    let faces: object[] = [];
    let users: object[] = [];
    let suppressions: object[] = [];
    const send = async () => {
      if (faces.length + users.length + suppressions.length === 0) return;
      await this.#call({ Faces: faces, Users: users, Suppressions: suppressions });
      [faces, users, suppressions] = [[], [], []];
      await this.#done(position);
    };
    for await (const { line } of linesOf(request.file)) {
      if (signal.aborted) return false;
      position++;
      if (position <= this.lines) continue;
      // A user's faces must be there before it, and everybody before what is kept out from then on.
      const isNext = 'User' in line || 'Suppression' in line;
      const waiting = 'User' in line ? faces.length : faces.length + users.length;
      if (isNext && waiting > 0) {
        position--;
        await send();
        position++;
      }
      if ('Face' in line) faces.push(line.Face);
      if ('User' in line) users.push(line.User);
      if ('Suppression' in line) suppressions.push(line.Suppression);
      const most = Math.max(users.length, suppressions.length);
      if (faces.length === FACES_PER_PAGE || most === USERS_PER_PAGE) await send();
    }
    await send();
    await forgetState(state);
    return true;
  }

  async #call(page: object): Promise<void> {
    const { extensions, collection, id } = this.#options;
    const { FaceModelVersion, FaceModelSha256 } = collection;
    const answer = (await extensions.call('ImportCollection', {
      CollectionId: id,
      FaceModelVersion,
      FaceModelSha256,
      ...page,
    })) as Answer;
    this.unassociated.push(...answer.UnassociatedFaces);
    this.suppressed += answer.SuppressedFaces.length;
  }

  async #done(lines: number): Promise<void> {
    const { state, subject } = this.#options;
    await writeState<State>(state, { subject, lines });
    this.lines = lines;
  }
}

/** In the data folder, beside those of imports of photographs. */
function stateFile(data: string, collection: string, subject: string): string {
  const digest = createHash('sha256').update(subject).digest('hex').slice(0, 12);
  return path.join(data, 'imports', `${collection}-${digest}.json`);
}

function isRefusal(error: unknown): boolean {
  const metadata: unknown =
    error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? Number(metadata.httpStatusCode)
      : 500;
  return status < 500;
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
