/** Upgrades a collection as a command line asks, and tells how far it is. */
import { EXIT, Failure, type Surroundings, withProgress } from '../cli/index.ts';
import { connection } from '../connection.ts';
import { type Connect, connectExtensions } from '../extensions/client.ts';
import type { SourceAddress } from '../import/request.ts';
import { s3Client } from '../import/s3-client.ts';
import { byBytes, byTemplate } from './photographs.ts';
import { type FaceWithoutVector, Upgrader, type UpgradeState } from './upgrader.ts';

export interface UpgradeRequest {
  readonly collection: string;
  readonly faceModel: string | undefined;
  readonly source: SourceAddress | undefined;
  readonly template: string | undefined;
  readonly isDropping: boolean;
  readonly isCommitting: boolean;
  readonly isAborting: boolean;
  readonly parallel: number;
  readonly s3Endpoint: string | undefined;
  readonly endpoint: string | undefined;
  readonly profile: string | undefined;
  readonly region: string | undefined;
  readonly json: boolean;
}

/** So many faces without a photograph are named one by one; `--json` names all. */
const NAMED = 10;

const WAIT_MS = 1000;

/** @throws Failure, and what the SDK throws */
export async function run(
  request: UpgradeRequest,
  surroundings: Surroundings,
  connect: Connect = connectExtensions,
): Promise<number> {
  const extensions = connect(request, surroundings.environment);
  const upgrader = new Upgrader(extensions, request.collection);
  try {
    return request.isAborting
      ? await abort(request, upgrader, surroundings)
      : await upgrade(request, upgrader, surroundings);
  } finally {
    extensions.close();
  }
}

async function abort(
  { collection, json }: UpgradeRequest,
  upgrader: Upgrader,
  surroundings: Surroundings,
): Promise<number> {
  const signal = surroundings.interruption();
  let state = await upgrader.abort();
  await withProgress(
    surroundings,
    () => 'Taking back what was prepared',
    async () => {
      while (state.Upgrade !== undefined && !signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
        state = await upgrader.abort();
      }
    },
  );
  if (json) surroundings.print(JSON.stringify(state, null, 2));
  else
    surroundings.print(
      `${collection} keeps the face model ${state.FaceModelVersion}; nothing is left of the upgrade.`,
    );
  return signal.aborted ? EXIT.interrupted : 0;
}

async function upgrade(
  request: UpgradeRequest,
  upgrader: Upgrader,
  surroundings: Surroundings,
): Promise<number> {
  const { collection, isCommitting, isDropping, json } = request;
  const { print, say } = surroundings;
  const signal = surroundings.interruption();
  let state = await begun(request, upgrader);
  if (state.Upgrade?.Outcome === 'COMMITTED') {
    say(`${collection} was upgraded to the face model ${state.FaceModelVersion} already.`);
    return 0;
  }
  await sendPhotographs(request, upgrader, surroundings, signal);
  await withProgress(
    surroundings,
    () => 'Preparing users',
    async () => {
      do state = await upgrader.prepare();
      while (state.Upgrade?.State !== 'READY' && !signal.aborted);
    },
  );
  if (signal.aborted) {
    say('Interrupted. The same command goes on from here.');
    return EXIT.interrupted;
  }
  const missing: FaceWithoutVector[] = [];
  if (state.Upgrade?.FacesWithoutVector !== 0) {
    for await (const face of upgrader.missing())
      if (json || missing.length < NAMED) missing.push(face);
  }
  const isRefused = missing.length > 0 && !isDropping;
  if (isCommitting && !isRefused) state = await upgrader.commit(isDropping);
  if (json) {
    const { photographs, embedded, unused } = upgrader;
    print(JSON.stringify({ ...state, photographs, embedded, unused, missing }, null, 2));
  } else {
    for (const line of told(request, upgrader, state, missing)) print(line);
  }
  return isCommitting && isRefused ? EXIT.failed : 0;
}

async function begun(
  { collection, faceModel }: UpgradeRequest,
  upgrader: Upgrader,
): Promise<UpgradeState> {
  if (faceModel !== undefined) return upgrader.begin(faceModel);
  const state = await upgrader.state();
  if (state.Upgrade !== undefined) return state;
  throw new Failure(
    `No upgrade of ${collection} is under way; say which face model it shall have: --face-model-version VERSION.`,
  );
}

async function sendPhotographs(
  { source, template, parallel, s3Endpoint, ...request }: UpgradeRequest,
  upgrader: Upgrader,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  if (source === undefined) return;
  const { environment, say } = surroundings;
  const { endpoint } = connection(request, environment, 'REKOGNITION');
  await withProgress(
    surroundings,
    () => `${upgrader.photographs} photographs, ${upgrader.embedded} faces have new vectors`,
    async () => {
      await upgrader.look(({ ImageId, ExternalImageId }) =>
        template === undefined ? ImageId : ExternalImageId,
      );
      const photographs =
        template === undefined
          ? byBytes(source, () => s3Client(s3Endpoint, endpoint, environment))
          : byTemplate(source, template, upgrader.keys);
      await upgrader.send(photographs, parallel, signal);
    },
  );
  for (const { name, why } of upgrader.unused.slice(0, NAMED)) say(`${name}: ${why}`);
  if (upgrader.unused.length > NAMED) say(`${upgrader.unused.length} photographs were of no use.`);
}

/** How it is, for people. */
function told(
  { collection, isCommitting, isDropping }: UpgradeRequest,
  { embedded }: Upgrader,
  { FaceModelVersion, Upgrade }: UpgradeState,
  missing: readonly FaceWithoutVector[],
): string[] {
  const { FacesWithoutVector = 0, UsersWithoutVector = 0 } = Upgrade ?? {};
  const lines = [`${embedded} faces got new vectors.`];
  if (FacesWithoutVector > 0) {
    const names = missing
      .slice(0, NAMED)
      .map(({ FaceId, ExternalImageId }) => `  ${FaceId} ${ExternalImageId ?? ''}`.trimEnd());
    lines.push(
      `${FacesWithoutVector} faces found no photograph, and ${UsersWithoutVector} users have no other:`,
      ...names,
      ...(FacesWithoutVector > NAMED ? ['  ... (--json names all)'] : []),
    );
  }
  if (Upgrade?.Outcome === 'COMMITTED') {
    lines.push(`${collection} has the face model ${FaceModelVersion}.`);
  } else if (FacesWithoutVector > 0 && isCommitting && !isDropping) {
    lines.push(
      'Nothing is switched: give their photographs (--from), drop them (--missing drop), or --abort.',
    );
  } else {
    lines.push(
      `Ready. ${collection} still has the face model ${FaceModelVersion}; --commit switches, --abort takes back.`,
    );
  }
  return lines;
}
