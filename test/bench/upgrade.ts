/**
 * A collection of people in LFW's layout, enrolled as users, gets another face model, with the programs as people run
 * them: the command is killed midway and taken back, killed midway again and gone on with, then committed. Nobody may be
 * lost, and whoever was identified before, by a photograph that is not enrolled, is told beside who is after.
 *
 * The other face model is a stand-in: the built-in network in another convention and dimension
 * (`test/support/second-model.ts`), whose vectors cannot be compared with those of the first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import {
  ListFacesCommand,
  type RekognitionClient,
  SearchUsersByImageCommand,
} from '@aws-sdk/client-rekognition';
import { command, Failure, runScript, whole } from '../../infra/commands/cli/index.ts';
import { callExtension } from '../../infra/commands/extensions/client.ts';
import { readPeople } from '../../models/calibrate/people.ts';
import { RECOLLECT } from '../support/recollect.ts';
import { installSecondModel, SECOND } from '../support/second-model.ts';
import { rekognitionClient } from '../support/stack.ts';
import { dataFolder, FOLDER } from './folder.ts';

const CollectionId = 'people';
/** Enrolled photographs of each, at the least and at the most; one more is searched with. */
const ENROLLED = 2;
const MOST_ENROLLED = 5;

interface Person {
  readonly name: string;
  readonly enrolled: readonly string[];
  readonly asked: string;
}

await runScript(
  command({
    name: 'bench:upgrade',
    summary: 'changes a collection of people to another face model, killed midway and taken back',
    operands: FOLDER,
    options: {
      people: whole({
        placeholder: 'N',
        name: 'People',
        help: '60 without it',
        from: 2,
        to: 10_000,
        fallback: 60,
      }),
    },
    run: async ({ operands, options }, { print }) => {
      const folder = dataFolder(operands[0] ?? '', ['images', 'pairs.txt']);
      const people = await enrolledPeople(folder, options.people);
      const data = await mkdtemp(path.join(tmpdir(), 'recollect-upgrade-'));
      const service = await started(data);
      try {
        return await trial(service.endpoint, data, folder, people, print);
      } finally {
        service.process.kill('SIGKILL');
        await rm(data, { recursive: true, force: true });
      }
    },
  }),
);

/** Those of whom there are most photographs. */
async function enrolledPeople(folder: string, count: number): Promise<Person[]> {
  const { photographs } = await readPeople(folder);
  const files = new Map<string, string[]>();
  for (const { person, file } of photographs) {
    files.set(person, [...(files.get(person) ?? []), file]);
  }
  const people = [...files]
    .filter(([, all]) => all.length > ENROLLED)
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, count)
    .map(([name, all]) => ({
      name,
      enrolled: all.slice(0, -1).slice(0, MOST_ENROLLED),
      asked: all.at(-1) ?? '',
    }));
  if (people.length < 2)
    throw new Failure(`${folder} has nobody with ${ENROLLED + 1} photographs.`);
  return people;
}

async function trial(
  endpoint: string,
  data: string,
  folder: string,
  people: readonly Person[],
  print: (line: string) => void,
): Promise<number> {
  const enrolled = path.join(data, 'enrolled');
  for (const { name, enrolled: files } of people) {
    await mkdir(path.join(enrolled, name), { recursive: true });
    for (const file of files) {
      await symlink(path.join(folder, file), path.join(enrolled, name, path.basename(file)));
    }
  }
  const client = rekognitionClient(endpoint);
  const run = (args: readonly string[], killAfter?: number) =>
    finished([...args, '--endpoint', endpoint, '--data', data], killAfter);
  const upgrade = ['upgrade-collection', '--collection-id', CollectionId];
  const begin = [...upgrade, '--face-model-version', SECOND, '--from', enrolled];
  await run(['import', enrolled, '--collection', CollectionId, '--create', '--user-from-folder']);
  const before = await facesOf(client);
  const identifiedBefore = await identified(client, folder, people);
  print(`${before.size} faces of ${people.length} users, identified by another photograph each`);
  print(`with 1.0: ${identifiedBefore.size} of ${people.length}`);

  await finished([...begin, '--endpoint', endpoint], 0.4 * before.size);
  const midway = await left(client);
  await finished([...upgrade, '--abort', '--endpoint', endpoint]);
  const back = await callExtension(client, 'UpgradeCollection', { CollectionId });
  print(
    `killed when ${before.size - midway} faces had new vectors, taken back: ${JSON.stringify(back)}`,
  );
  const isBack = isSame(before, await facesOf(client));

  await finished([...begin, '--endpoint', endpoint], 0.4 * before.size);
  print(`killed again when ${before.size - (await left(client))} faces had new vectors`);
  await finished([...begin, '--commit', '--endpoint', endpoint]);
  const after = await facesOf(client);
  const identifiedAfter = await identified(client, folder, people);
  const isKept = isSame(before, after);
  const lost = [...identifiedBefore].filter((name) => !identifiedAfter.has(name));
  print(`with ${SECOND}: ${identifiedAfter.size} of ${people.length}, ${lost.length} no more`);
  print(
    `faces and their users: ${isKept && isBack ? 'all as they were' : 'NOT AS THEY WERE'}, after the abort and after the switch`,
  );
  client.destroy();
  return isKept && isBack && lost.length === 0 ? 0 : 1;
}

/** @returns the users, by FaceId */
async function facesOf(client: RekognitionClient): Promise<Map<string, string | undefined>> {
  const faces = new Map<string, string | undefined>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListFacesCommand({ CollectionId, NextToken }));
    for (const { FaceId = '', UserId } of page.Faces ?? []) faces.set(FaceId, UserId);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return faces;
}

function isSame(a: Map<string, string | undefined>, b: Map<string, string | undefined>): boolean {
  return a.size === b.size && [...a].every(([id, user]) => b.has(id) && b.get(id) === user);
}

/** Who is found first by the photograph that is not enrolled. */
async function identified(
  client: RekognitionClient,
  folder: string,
  people: readonly Person[],
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const { name, asked } of people) {
    const Bytes = await readFile(path.join(folder, asked));
    const search = { CollectionId, Image: { Bytes }, UserMatchThreshold: 60, MaxUsers: 1 };
    const { UserMatches = [] } = await client.send(new SearchUsersByImageCommand(search));
    if (UserMatches[0]?.User?.UserId === name) found.add(name);
  }
  return found;
}

/** How many faces have no new vector. */
async function left(client: RekognitionClient): Promise<number> {
  const input = { CollectionId, Action: 'LIST', MaxResults: 4096 };
  const { Faces } = (await callExtension(client, 'UpgradeCollection', input)) as {
    Faces: object[];
  };
  return Faces.length;
}

async function started(data: string): Promise<{ endpoint: string; process: ChildProcess }> {
  await installSecondModel(data);
  const child = spawn(
    process.execPath,
    [RECOLLECT, 'start', '--port', '0', '--s3-port', '0', '--data', data],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const endpoint = /listening on (http:\S+)/.exec(line)?.[1];
      if (endpoint !== undefined) resolve({ endpoint, process: child });
    });
    child.once('exit', () => reject(new Error('The service did not start.')));
  });
}

/**
 * Runs a command to its end, or kills it.
 * @param killAt when so many faces have new vectors
 */
async function finished(args: readonly string[], killAt?: number): Promise<void> {
  const child = spawn(process.execPath, [RECOLLECT, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const poll = killAt === undefined ? undefined : watch(child, args, killAt);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearInterval(poll);
  if (signal !== 'SIGKILL' && code !== 0) throw new Failure(`recollect ${args[0]} ended: ${code}`);
  if (killAt !== undefined && signal !== 'SIGKILL') {
    throw new Failure('It was done before it was killed; take more people.');
  }
}

/** Kills the command when so many faces have new vectors. */
function watch(child: ChildProcess, args: readonly string[], killAt: number): NodeJS.Timeout {
  const client = rekognitionClient(args[args.indexOf('--endpoint') + 1] ?? '');
  let total: number | undefined;
  return setInterval(async () => {
    const now = await left(client).catch(() => undefined);
    total ??= now;
    if (now !== undefined && total !== undefined && total - now >= killAt) child.kill('SIGKILL');
  }, 500);
}
