/** Verifies a file of the audit trail, offline. */
import { constants, createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type Heads, TrailCheck } from '../../../layers/audit/index.ts';
import { EXIT, Failure, type Surroundings } from '../cli/index.ts';

interface End {
  readonly ExportedAt: string;
  readonly Lines: number;
  readonly Heads: Heads;
}

export interface VerifyOptions {
  readonly since: string | undefined;
  readonly json: boolean;
}

/** @throws Failure for a file without an end */
export async function verify(
  file: string,
  { since, json }: VerifyOptions,
  { print, say }: Surroundings,
): Promise<number> {
  const end = await endOf(file);
  const earlier = since === undefined ? {} : (await endOf(since)).Heads;
  const check = new TrailCheck(Date.parse(end.ExportedAt) / 1000, earlier);
  for await (const text of linesOf(file)) if (readEnd(text) === undefined) check.add(text);
  check.end(end.Heads);
  const { problems, lines } = check;
  if (json) print(JSON.stringify({ lines, heads: check.heads(), problems }, null, 2));
  else if (problems.length === 0) {
    const chains = Object.keys(end.Heads).length;
    print(`${lines} lines in ${chains} chains, all there and as they were written.`);
  } else {
    for (const { line, text } of problems) say(line === undefined ? text : `Line ${line}: ${text}`);
  }
  return problems.length === 0 ? 0 : EXIT.failed;
}

/** Of its last line. */
async function endOf(file: string): Promise<End> {
  let last = '';
  for await (const text of linesOf(file)) last = text;
  const end = readEnd(last);
  if (end !== undefined) return end;
  throw new Failure(
    `${file} has no end: it was cut, or read-audit was interrupted. Read it again.`,
  );
}

function readEnd(text: string): End | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null && 'End' in line
      ? (line.End as End)
      : undefined;
  } catch {
    return undefined;
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  // Whether it can be read is told by this; a line reader would not say.
  await access(file, constants.R_OK);
  yield* createInterface({ input: createReadStream(file) });
}
