/**
 * `npm run models:train:roll -- <data folder> [--crops=6] [--cross-validate | --leave-out=0 --out=<file>]`:
 * fits the head that tells which way up a face is and writes `models/roll.onnx`.
 *
 * With --cross-validate it says how good such heads are on people that they were not fitted to, and writes
 * nothing. With --leave-out it leaves a third of the people out, 0, 1 or 2, to measure on, and writes to --out.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  command,
  flag,
  runScript,
  text,
  UsageError,
  whole,
} from '../../../infra/commands/cli/index.ts';
import manifest from '../../manifest.json' with { type: 'json' };
import { foldsOf } from '../folds.ts';
import { photographFiles, Reader } from '../people.ts';
import { errorsOf, fitRoll, rollNetwork } from './fit.ts';
import { type TurnedCrop, turnedCrop } from './turned-crops.ts';

const FILE = 'roll.onnx';
const FOLDS = 3;

interface Wishes {
  readonly data: string;
  readonly crops: number;
  readonly crossValidate: boolean;
  readonly leaveOut: string | undefined;
  readonly out: string | undefined;
}

async function main({ data, crops: each, crossValidate: checks, leaveOut, out }: Wishes) {
  if ((leaveOut === undefined) !== (out === undefined)) {
    throw new UsageError(['--leave-out and --out go together.']);
  }
  const crops = await makeCrops(data, each);
  if (checks) return crossValidate(crops);
  const folds = foldsIn(crops);
  const taught = crops.filter(({ person }) => String(folds.get(person)) !== leaveOut);
  await write(taught, out ?? fileURLToPath(new URL(`../../${FILE}`, import.meta.url)));
}

async function makeCrops(data: string, each: number): Promise<TurnedCrop[]> {
  const files = await photographFiles(data);
  const reader = new Reader();
  const crops: TurnedCrop[] = [];
  for (const [done, { file, faces }] of files.entries()) {
    if (done % 200 === 0) console.error(`photographs: ${done} of ${files.length}`);
    const photograph = await reader.read(file, faces);
    for (const face of photograph.faces) {
      for (let number = 0; number < each; number++) {
        crops.push(await turnedCrop(photograph, face, number, reader.sessions));
      }
    }
  }
  await reader.close();
  return crops;
}

async function write(crops: readonly TurnedCrop[], file: string): Promise<void> {
  const head = await fitRoll(crops, reportEpoch);
  const bytes = rollNetwork(head);
  await writeFile(file, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const expected = manifest.files.find(({ file }) => file === FILE)?.sha256;
  const matches = sha256 === expected ? 'as in the manifest' : 'DIFFERS from the manifest';
  console.log(`${sha256}  ${FILE}  ${bytes.length} bytes  ${matches}`);
}

async function crossValidate(crops: readonly TurnedCrop[]): Promise<void> {
  const folds = foldsIn(crops);
  const errors: { error: number; certainty: number }[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const out = ({ person }: TurnedCrop) => folds.get(person) === fold;
    const head = await fitRoll(
      crops.filter((crop) => !out(crop)),
      reportEpoch,
    );
    errors.push(...errorsOf(head, crops.filter(out)));
  }
  const share = (of: typeof errors, from: number) =>
    `${((100 * of.filter(({ error }) => error > from).length) / of.length).toFixed(2)} %`;
  console.log(
    '| crops | number | median error | over 30 | over 45 | over 90 |\n|---|---|---|---|---|---|',
  );
  for (const least of [0, 0.5, 0.6, 0.7]) {
    const sure = errors.filter(({ certainty }) => certainty >= least);
    const median = sure.map(({ error }) => error).sort((a, b) => a - b)[sure.length >> 1]!;
    const name = least === 0 ? 'all' : `certainty >= ${least}`;
    const cells = [
      name,
      sure.length,
      `${median.toFixed(1)}°`,
      ...[30, 45, 90].map((from) => share(sure, from)),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function foldsIn(crops: readonly TurnedCrop[]): ReadonlyMap<string, number> {
  return foldsOf(
    crops.map(({ person }) => person),
    FOLDS,
  );
}

function reportEpoch(epoch: number, loss: number): void {
  console.error(`epoch ${epoch + 1}: loss ${loss.toFixed(4)}`);
}

await runScript(
  command({
    name: 'models:train:roll',
    summary: 'fits the head that tells which way up a face is',
    description: 'Writes models/roll.onnx, or with --cross-validate says how good such heads are.',
    operands: {
      placeholder: 'FOLDER',
      least: 1,
      most: 1,
      missing: 'Say in which folder the photographs of people are.',
    },
    options: {
      crops: whole({
        placeholder: 'N',
        help: 'crops of each face',
        name: 'The number of crops',
        from: 1,
        to: 100,
        fallback: 6,
      }),
      'cross-validate': flag({ help: 'measures on people left out, and writes nothing' }),
      'leave-out': text({ placeholder: 'N', help: 'leaves a third of the people out: 0, 1 or 2' }),
      out: text({ placeholder: 'FILE', help: 'writes there instead' }),
    },
    run: async ({ operands: [data = ''], options }) => {
      await main({
        data,
        crops: options.crops,
        crossValidate: options['cross-validate'],
        leaveOut: options['leave-out'],
        out: options.out,
      });
      return 0;
    },
  }),
);
