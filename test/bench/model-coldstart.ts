/**
 * `npm run bench:models`: what a face model costs that is too large for the layer: cold start and memory of an
 * IndexFaces that reads it from the bucket of the stack, beside one with the built-in model.
 *
 * The functions run as they were synthesised for this machine. The network is the built-in one with weights added that do
 * nothing, to 260 MB, so the time to compute an embedding is the built-in one's; a large network takes longer.
 */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { command, runScript } from '../../infra/commands/cli/index.ts';
import { put } from '../../infra/commands/models/upload.ts';
import { inspect } from '../../infra/models/inspect.ts';
import { install, readInstalled, sha256Of } from '../../infra/models/installed.ts';
import { BUILT_IN_ENTRIES } from '../../layers/inference/index.ts';
import { queueEvent } from '../aws/aws.ts';
import { type DeployedHere, deployHere } from '../aws/deployment.ts';
import { portrait, SAME_MAN } from '../support/photos.ts';
import { wrapped } from '../support/wrapped-network.ts';
import { positive } from './folder.ts';

const RUNS = 3;

async function main(megabytes: number): Promise<void> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const data = await mkdtemp(path.join(tmpdir(), 'recollect-large-model-'));
  try {
    await installPadded(data, megabytes);
    const here = await deployHere({ stackName: 'Bench', faceModels: 'large', data, foldAt: 1 });
    try {
      const [model] = await readInstalled(data);
      await index(here, '1.0', 'before');
      console.log(`without the object: ${await index(here, 'large', 'early')}`);
      await put(here.s3, 'models', model!, data);
      console.log(
        '\n| face model | first answer, ms | of it CPU | second, ms | most memory, MB |\n|---|---|---|---|---|',
      );
      for (const version of ['1.0', 'large']) await row(here, version);
      const [own, large] = [await searches(here, '1.0'), await searches(here, 'large')];
      console.log(
        `\nSearchFacesByImage and SearchUsersByImage after a fold: ${own.join(', ')} with 1.0, ${large.join(', ')} with the large one, which holds the same network.`,
      );
    } finally {
      await here.close();
    }
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

async function installPadded(data: string, megabytes: number): Promise<void> {
  const file = path.join(data, 'padded.onnx');
  await writeFile(file, await wrapped({ raw: true, padding: megabytes * 1e6 - 5_200_000 }));
  const { convention, dimension } = await inspect(file, { mean: 0, scale: 1 });
  const { size: bytes } = await stat(file);
  await install(
    data,
    {
      version: 'large',
      dimension,
      embedder: { file: 'model.onnx', bytes, sha256: await sha256Of(file), convention },
      calibration: BUILT_IN_ENTRIES[0]!.calibration,
      licence: { name: 'Apache-2.0', commercial: true },
      origin: 'a bench',
    },
    file,
  );
}

async function row(here: DeployedHere, version: string): Promise<void> {
  const samples: { first: number; cpu: number; second: number; memory: number }[] = [];
  for (let run = 0; run < RUNS; run++) {
    await here.host.stop();
    const started = await here.host.start('IndexFaces');
    const begin = performance.now();
    const answer = await index(here, version, `run-${run}`);
    const first = performance.now() - begin;
    if (!answer.startsWith('200')) throw new Error(answer);
    const again = performance.now();
    await index(here, version, `run-${run}-again`);
    samples.push({
      first,
      cpu: started.answered[0] ?? Number.NaN,
      second: performance.now() - again,
      memory: ((await started.largestMemory()) ?? Number.NaN) / 1e6,
    });
  }
  const median = (column: keyof (typeof samples)[number]) =>
    samples
      .map((sample) => sample[column])
      .sort((a, b) => a - b)
      [RUNS >> 1]!.toFixed(0);
  console.log(
    `| ${[version, median('first'), median('cpu'), median('second'), median('memory')].join(' | ')} |`,
  );
}

/** Similarities of another photograph of the man, by face and by user, once his faces are in a shard. */
async function searches(here: DeployedHere, version: string): Promise<number[]> {
  const CollectionId = `of-${version}`;
  const list = (await (await post(here, 'ListFaces', { CollectionId })).json()) as {
    Faces: { FaceId: string }[];
  };
  await post(here, 'CreateUser', { CollectionId, UserId: 'he' });
  const FaceIds = list.Faces.slice(0, 100).map(({ FaceId }) => FaceId);
  await post(here, 'AssociateFaces', {
    CollectionId,
    UserId: 'he',
    FaceIds,
    UserMatchThreshold: 0,
  });
  for (const { queue, body } of here.sent.filter((message) => message.queue.includes('Folds'))) {
    if (body.includes(CollectionId))
      await here.host.invoke('Fold', queueEvent({ body, group: queue }));
  }
  const Image = { Bytes: (await portrait(SAME_MAN[1])).toString('base64') };
  const faces = (await (
    await post(here, 'SearchFacesByImage', { CollectionId, Image, MaxFaces: 1 })
  ).json()) as {
    FaceMatches: { Similarity: number }[];
  };
  const users = (await (
    await post(here, 'SearchUsersByImage', { CollectionId, Image })
  ).json()) as {
    UserMatches: { Similarity: number }[];
  };
  return [faces.FaceMatches[0]?.Similarity, users.UserMatches[0]?.Similarity].map(
    (value) => value ?? 0,
  );
}

const made = new Set<string>();

async function index(here: DeployedHere, version: string, name: string): Promise<string> {
  const CollectionId = `of-${version}`;
  if (!made.has(CollectionId)) {
    await post(here, 'CreateCollection', {
      CollectionId,
      Tags: { 'recollect:face-model': version },
    });
    made.add(CollectionId);
  }
  const Bytes = (await portrait(SAME_MAN[0])).toString('base64');
  const response = await post(here, 'IndexFaces', {
    CollectionId,
    Image: { Bytes },
    ExternalImageId: name,
  });
  return `${response.status} ${(await response.text()).slice(0, 200)}`;
}

function post(
  { endpoint, key }: DeployedHere,
  operation: string,
  input: object,
): Promise<Response> {
  return fetch(`${endpoint}/${operation}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.id}.${key.secret}` },
    body: JSON.stringify(input),
  });
}

await runScript(
  command({
    name: 'bench:models',
    summary: 'what a large face model costs at a cold start',
    description: 'Puts the built-in network, padded, into the bucket of the synthesised stack.',
    options: { megabytes: positive('size of the padded face model', 260) },
    run: async ({ options: { megabytes } }) => {
      await main(megabytes);
      return 0;
    },
  }),
);
