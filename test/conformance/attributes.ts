/**
 * DetectFaces with ALL of every photograph in a folder, over HTTP from a server of its own, held against the
 * API's model and what must be true besides. Prints what is wrong, a line each, and how often each member
 * was there and what it said. Ends with 1 if anything is wrong.
 *
 * `npm run check:attributes`
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { command, Failure, runScript } from '../../infra/commands/cli/index.ts';
import { startLocal } from '../../infra/local/stack.ts';
import { FOLDER } from '../bench/folder.ts';
import { progress } from '../bench/progress.ts';
import { checkFaceDetail, type Json, MEMBERS } from '../support/face-details.ts';
import { checkResponse } from '../support/model.ts';

async function main(folder: string): Promise<number> {
  const files = (await readdir(folder, { recursive: true }))
    .filter((file) => /\.(jpe?g|png)$/i.test(file))
    .sort();
  if (files.length === 0) throw new Failure(`${folder} has no .jpg, .jpeg or .png.`);

  const data = await mkdtemp(path.join(tmpdir(), 'recollect-attributes-'));
  const stack = await startLocal({ host: '127.0.0.1', port: 0, s3Port: 0, data, foldAt: 500 });
  const faces: Json[] = [];
  const problems: string[] = [];
  const report = progress('photographs', files.length);
  try {
    for (const [done, file] of files.entries()) {
      const answer = await detect(stack.endpoint, await readFile(path.join(folder, file)));
      problems.push(...answer.problems.map((problem) => `${file}: ${problem}`));
      faces.push(...answer.faces);
      report(done + 1);
    }
  } finally {
    await stack.close();
    await rm(data, { recursive: true, force: true });
  }
  for (const problem of problems) console.log(problem);
  printMembers(faces);
  console.log(`\n${files.length} photographs, ${faces.length} faces, ${problems.length} problems`);
  return problems.length > 0 ? 1 : 0;
}

async function detect(endpoint: string, bytes: Buffer) {
  const response = await fetch(`${endpoint}/DetectFaces`, {
    method: 'POST',
    body: JSON.stringify({ Image: { Bytes: bytes.toString('base64') }, Attributes: ['ALL'] }),
  });
  const body = (await response.json()) as Json;
  if (response.status !== 200) {
    return { faces: [], problems: [`HTTP ${response.status} ${JSON.stringify(body)}`] };
  }
  const faces = body['FaceDetails'] as Json[];
  return {
    faces,
    problems: [
      ...checkResponse('DetectFaces', body),
      ...faces.flatMap((face, i) => checkFaceDetail(face, `FaceDetails[${i}]`)),
    ],
  };
}

function printMembers(faces: readonly Json[]): void {
  console.log('| member | faces | said |\n|---|---|---|');
  for (const name of MEMBERS) {
    const said = faces.flatMap((face) => (name in face ? [summary(name, face[name])] : []));
    const there = faces.filter((face) => name in face).length;
    console.log(`| ${name} | ${there} | ${tally(said)} |`);
  }
}

/** In a word what a member says; nothing of those that are different for every face. */
function summary(name: string, member: unknown): string | undefined {
  if (name === 'Emotions') return (member as { Type: string }[])[0]?.Type;
  const { Value, Low, Yaw } = member as Json;
  if (Value !== undefined) return String(Value);
  if (name === 'AgeRange') return `from ${Math.floor(Number(Low) / 10) * 10}`;
  if (name !== 'EyeDirection') return undefined;
  return Math.abs(Number(Yaw)) < 10 ? 'to the camera' : Number(Yaw) < 0 ? 'left' : 'right';
}

function tally(words: readonly (string | undefined)[]): string {
  const counts = new Map<string, number>();
  for (const word of words) if (word !== undefined) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .map(([word, count]) => `${word} ${count}`)
    .sort()
    .join(', ');
}

await runScript(
  command({
    name: 'check:attributes',
    summary: "holds DetectFaces with ALL of a folder's photographs against AWS's model",
    operands: FOLDER,
    options: {},
    run: async ({ operands: [folder = ''] }) => main(folder),
  }),
);
