/** Upgrades a collection as a command line asks, and tells how far it is. */
import { EXIT, Failure, type Surroundings, withProgress } from '../cli/index.ts';
import { connection } from '../connection.ts';
import { type Connect, connectExtensions } from '../extensions/client.ts';
import type { SourceAddress } from '../import/request.ts';
import { s3Client } from '../import/s3-client.ts';
import { byBytes, byTemplate } from './photographs.ts';
import {
  type FaceWithoutVector,
  type MissingFaces,
  Upgrader,
  type UpgradeState,
} from './upgrader.ts';

export interface UpgradeRequest {
  readonly collection: string;
  readonly faceModel: string | undefined;
  readonly source: SourceAddress | undefined;
  readonly template: string | undefined;
  readonly missing: MissingFaces;
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
  const { collection, isCommitting, json } = request;
  const { print, say } = surroundings;
  const signal = surroundings.interruption();
  let state = await begun(request, upgrader);
  const isKeeping = state.Upgrade?.State === 'KEPT';
  if (state.Upgrade?.Outcome === 'COMMITTED' && !isKeeping) {
    say(`${collection} was upgraded to the face model ${state.FaceModelVersion} already.`);
    return 0;
  }
  await sendPhotographs(request, upgrader, surroundings, signal);
  await withProgress(
    surroundings,
    () => 'Preparing users',
    async () => {
      do state = await upgrader.prepare();
      while (!isPrepared(state) && !signal.aborted);
    },
  );
  if (signal.aborted) {
    say('Interrupted. The same command goes on from here.');
    return EXIT.interrupted;
  }
  const missing: FaceWithoutVector[] = [];
  let count = 0;
  if (state.Upgrade?.FacesWithoutVector !== 0) {
    for await (const face of upgrader.missing()) {
      if (json || count < NAMED) missing.push(face);
      count++;
    }
  }
  const isRefused = count > 0 && request.missing === 'refuse' && !isKeeping;
  if (isCommitting && !isRefused) state = await upgrader.commit(request.missing);
  if (json) {
    const { photographs, embedded, unused } = upgrader;
    print(JSON.stringify({ ...state, photographs, embedded, unused, missing }, null, 2));
  } else {
    for (const line of told(request, upgrader, state, { missing, count })) print(line);
  }
  return isCommitting && isRefused ? EXIT.failed : 0;
}

function isPrepared({ Upgrade }: UpgradeState): boolean {
  return Upgrade?.State === 'READY' || Upgrade?.State === 'KEPT' || Upgrade?.Outcome !== undefined;
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
  { collection, isCommitting, missing: choice }: UpgradeRequest,
  { embedded }: Upgrader,
  { FaceModelVersion, Upgrade }: UpgradeState,
  { missing, count }: { readonly missing: readonly FaceWithoutVector[]; readonly count: number },
): string[] {
  const { State, UsersWithoutVector = 0, KeptFaceModelVersion } = Upgrade ?? {};
  const lines = [`${embedded} faces got new vectors.`];
  if (count > 0) {
    const names = missing
      .slice(0, NAMED)
      .map(({ FaceId, ExternalImageId }) => `  ${FaceId} ${ExternalImageId ?? ''}`.trimEnd());
    const users = State === 'READY' ? `, and ${UsersWithoutVector} users have no other` : '';
    lines.push(
      `${count} faces found no photograph${users}:`,
      ...names,
      ...(count > NAMED ? ['  ... (--json names all)'] : []),
    );
  }
  if (Upgrade?.Outcome === 'COMMITTED') {
    lines.push(`${collection} has the face model ${FaceModelVersion}.`);
    if (State === 'KEPT' && count > 0) {
      lines.push(
        `${count} faces go on answering in the face model ${KeptFaceModelVersion}; --from gives them their photographs, --commit --missing drop drops them.`,
      );
    }
  } else if (count > 0 && isCommitting && choice === 'refuse') {
    lines.push(
      'Nothing is switched: give their photographs (--from), keep them in the old face model (--missing keep), drop them (--missing drop), or --abort.',
    );
  } else {
    lines.push(
      `Ready. ${collection} still has the face model ${FaceModelVersion}; --commit switches, --abort takes back.`,
    );
  }
  return lines;
}
