/** Looks for who was deleted in every place of a data folder or a stack, and says where it looked. */
import { readFile } from 'node:fs/promises';
import { EXIT, Failure, type Surroundings, targetOf, withProgress } from '../cli/index.ts';
import { openTarget } from '../operate/open.ts';
import { needlesOf, rawNeedlesOf, type Subject, vectorName } from './needles.ts';
import { type Looked, lookIntoFiles, lookIntoShards, lookIntoTable } from './places.ts';

export interface Asked {
  readonly face: string | undefined;
  readonly user: string | undefined;
  readonly vector: string | undefined;
  readonly data: string;
  readonly stack: string | undefined;
  readonly json: boolean;
}

/** A UserId this short is part of too many other words to be looked for. */
const SHORTEST_USER = 4;

const ELSEWHERE = {
  folder: 'Not looked into: photographs that were put into buckets, copies of the data folder.',
  stack:
    'Not looked into: photographs in buckets, messages in queues, logs, point-in-time backups of the table (its receipt says until when).',
} as const;

export async function run(asked: Asked, surroundings: Surroundings): Promise<number> {
  const subject = await subjectOf(asked);
  const target = targetOf(asked);
  const looked: Looked[] = [];
  await withProgress(
    surroundings,
    () => `Looking, ${looked.length} places done`,
    async () => {
      const opened = await openTarget(target, asked.data);
      try {
        const [needles, { vector }] = [needlesOf(subject), subject];
        looked.push(await lookIntoTable(opened.items(), needles, vector));
        looked.push(await lookIntoShards(opened.store, needles, vector));
      } finally {
        await opened.close();
      }
      if (target.kind === 'folder') {
        looked.push(await lookIntoFiles(target.data, rawNeedlesOf(subject)));
      }
    },
  );
  const isGone = looked.every(({ found }) => found.length === 0);
  const elsewhere = ELSEWHERE[target.kind];
  if (asked.json) {
    surroundings.print(JSON.stringify({ isGone, looked, elsewhere }, null, 2));
  } else {
    for (const line of describe(subject, looked)) surroundings.print(line);
    surroundings.print(elsewhere);
  }
  return isGone ? 0 : EXIT.failed;
}

async function subjectOf({ face, user, vector }: Asked): Promise<Subject> {
  if (user !== undefined && user.length < SHORTEST_USER) {
    throw new Failure(
      `The UserId "${user}" is too short to be looked for: it is part of other words.`,
    );
  }
  return { face, user, vector: vector === undefined ? undefined : await readVector(vector) };
}

/** @throws Failure */
async function readVector(file: string): Promise<Float32Array> {
  const bytes = await readFile(file);
  const text = bytes.toString('utf8').trim();
  const values = text.startsWith('[')
    ? Float32Array.from(JSON.parse(text) as number[])
    : floats(/^[A-Za-z0-9+/=\s]+$/.test(text) ? Buffer.from(text, 'base64') : bytes);
  const length = Math.hypot(...values);
  if (values.length < 64 || !(Math.abs(length - 1) < 0.01)) {
    throw new Failure(
      `${file} is no vector: ${values.length} numbers of length ${length.toFixed(3)}, where 64 and more of length 1 are expected.`,
    );
  }
  return values;
}

function floats(bytes: Buffer): Float32Array {
  const copy = Uint8Array.from(bytes.subarray(0, bytes.length - (bytes.length % 4)));
  return new Float32Array(copy.buffer);
}

function describe({ face, user, vector }: Subject, looked: readonly Looked[]): string[] {
  const what = [
    ...(face === undefined ? [] : [`face ${face}`]),
    ...(user === undefined ? [] : [`user ${user}`]),
    ...(vector === undefined ? [] : [`the vector ${vectorName(vector)}`]),
  ].join(', ');
  const isGone = looked.every(({ found }) => found.length === 0);
  return [
    `${what}: ${isGone ? 'gone' : 'NOT GONE'}`,
    ...looked.flatMap(({ place, count, found }) => [
      `  ${place} (${count}): ${found.length === 0 ? 'nothing' : `${found.length} found`}`,
      ...found.slice(0, 20).map((where) => `    ${where}`),
    ]),
  ];
}
