/**
 * `npm run bench:folds -- TASK --faces=4200000`: what looking after a large index takes, in memory, time and
 * reads. The code is that of the service; shards and records are made up as they are read
 * (folds/synthetic.ts), so of the times neither S3 nor DynamoDB is a part.
 *
 * - `deletions`: folds 500 deletions from all over the index, until they have left all shards
 * - `lost`: makes a shard anew that is lost
 * - `verify`: compares the whole index with its records
 * - `rate`: folds what comes, 100,000 faces at a time, beside 500 deletions each time
 *
 * The peak of memory is that of the process, Node.js and this program included. A Lambda at 1,769 MB has one
 * processor and moves 50 to 80 MB/s from and to S3, which is what the bytes are told for.
 */
import { command, Failure, runScript } from '../../infra/commands/cli/index.ts';
import { encodeIds } from '../../layers/vectors/ids.ts';
import { fold, verifyIndex } from '../../layers/vectors/index.ts';
import { Random } from '../support/random.ts';
import { positive } from './folder.ts';
import { COLLECTION, DIMENSION, SyntheticIndex } from './folds/synthetic.ts';

type Print = (line: string) => void;

const megabytes = (bytes: number) => Math.round(bytes / 1e6);
const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1);

/** Of this process, since it began: a machine that does much else takes longer, but no more of it. */
function processorTime(): string {
  const { user, system } = process.cpuUsage();
  return `${((user + system) / 1e6).toFixed(0)} s of processor time in all`;
}

function peak(): string {
  return `${Math.round((process.resourceUsage().maxRSS * 1024) / 1e6)} MB at the peak`;
}

async function deletions(index: SyntheticIndex, count: number, print: Print): Promise<void> {
  index.delete(count, encodeIds);
  const start = performance.now();
  for (let folds = 1; ; folds++) {
    const began = performance.now();
    const { outcome, removed, left } = await fold(COLLECTION, index.foldOptions());
    print(
      `fold ${folds}: ${outcome}, ${removed} deletions taken from the tail, ${left} shards left, ` +
        `${seconds(began)} s; ${peak()}`,
    );
    if (left === 0) break;
  }
  print(
    `${count} deletions have left ${index.shards} shards after ${seconds(start)} s; ` +
      `${megabytes(index.bytesRead)} MB read, ${megabytes(index.bytesWritten)} MB written; ` +
      processorTime(),
  );
}

async function lost(index: SyntheticIndex, print: Print): Promise<void> {
  const suspect = index.manifest.current.shards[Math.floor(index.shards / 2)]?.key ?? '';
  index.lost.add(suspect);
  const start = performance.now();
  const { outcome, rebuilt, left } = await fold(COLLECTION, { ...index.foldOptions(), suspect });
  const share = index.recordsRead / index.faces;
  print(
    `${outcome}, rebuilt: ${rebuilt}, ${left} left: ${index.recordsRead} of ${index.faces} records read, ` +
      `1/${Math.round(1 / share)} of them (${index.shards} shards); ${seconds(start)} s; ${peak()}; ` +
      processorTime(),
  );
}

async function verify(index: SyntheticIndex, print: Print): Promise<void> {
  const start = performance.now();
  const { records, store } = index;
  const problems = await verifyIndex(COLLECTION, {
    records,
    store,
    index: 'faces',
    dimension: DIMENSION,
    all: () => index.all(),
  });
  print(
    `${problems.length} problems; ${index.recordsRead} records read; ${seconds(start)} s; ${peak()}; ` +
      processorTime(),
  );
}

async function rate(index: SyntheticIndex, faces: number, print: Print): Promise<void> {
  const random = new Random(3);
  const portion = 100_000;
  let folding = 0;
  for (let added = 0; added < faces; added += portion) {
    index.add(portion, 2, random);
    if (index.shards > 0) index.delete(500, encodeIds);
    const start = performance.now();
    while (index.tail.length > 0) await fold(COLLECTION, index.foldOptions());
    folding += performance.now() - start;
  }
  print(
    `${faces} faces folded in ${(folding / 1000).toFixed(1)} s: ` +
      `${Math.round((1000 * faces) / folding)} faces a second; ` +
      `${megabytes(index.bytesRead)} MB read, ${megabytes(index.bytesWritten)} MB written; ${peak()}; ` +
      processorTime(),
  );
}

const TASKS = ['deletions', 'lost', 'verify', 'rate'];

await runScript(
  command({
    name: 'bench:folds',
    summary: 'measures folds, repairs and verification of a large index',
    operands: {
      placeholder: 'TASK',
      least: 1,
      most: 1,
      missing: `Say what is to be measured: ${TASKS.join(', ')}.`,
    },
    options: {
      faces: positive('faces of the index', 4_200_000),
      deletions: positive('deletions, from all over it', 500),
    },
    run: async ({ operands: [task = ''], options }, { print }) => {
      if (!TASKS.includes(task)) throw new Failure(`There is no task ${task}.`);
      const index = new SyntheticIndex(task === 'rate' ? 0 : options.faces);
      try {
        if (task !== 'rate') print(`${index.faces} faces in ${index.shards} shards`);
        if (task === 'deletions') await deletions(index, options.deletions, print);
        if (task === 'lost') await lost(index, print);
        if (task === 'verify') await verify(index, print);
        if (task === 'rate') await rate(index, options.faces, print);
      } finally {
        index.close();
      }
      return 0;
    },
  }),
);
