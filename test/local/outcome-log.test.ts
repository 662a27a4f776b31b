/** The log of outcomes: a line each in the shape of EventBridge, and what followers of it see. */
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Outcome } from '../../functions/uploads/outcome.ts';
import { OutcomeLog } from '../../infra/local/outcome-log.ts';

let directory: string;
let file: string;
let log: OutcomeLog;
let server: Server;

const open = () =>
  OutcomeLog.open({
    file,
    account: '000000000000',
    region: 'us-east-1',
    clock: () => new Date('2030-01-02T03:04:05Z'),
  });

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'recollect-outcomes-'));
  file = path.join(directory, 'outcomes.ndjson');
  log = await open();
  server = createServer((request, response) => {
    void log.follow(response, request.url === '/?from=start');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await log.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

function outcome(Key: string): Outcome {
  return { Id: `id of ${Key}`, Status: 'NO_FACES', Bucket: 'uploads', Key, Sequencer: '1' };
}

async function keys(): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).detail.Key);
}

/** Follows until the log ends or there is as much. */
async function follow(query = ''): Promise<{ lines: string[]; done: Promise<void> }> {
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/${query}`);
  const lines: string[] = [];
  const read = async () => {
    let text = '';
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
    return text;
  };
  const done = read().then((text) => {
    lines.push(...text.split('\n').filter((line) => line !== ''));
  });
  return { lines, done };
}

it('holds events as EventBridge sends them', async () => {
  await log.publish(outcome('family/ü.jpg'));
  const [line = ''] = (await readFile(file, 'utf8')).split('\n');
  expect(JSON.parse(line)).toEqual({
    version: '0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    'detail-type': 'Recollect Upload Outcome',
    source: 'recollect',
    account: '000000000000',
    time: '2030-01-02T03:04:05.000Z',
    region: 'us-east-1',
    resources: [],
    detail: outcome('family/ü.jpg'),
  });
});

it('keeps lines whole, however many come at once', async () => {
  const names = Array.from({ length: 50 }, (_, i) => `family/${i}-${'x'.repeat(i * 40)}`);
  await Promise.all(names.map((name) => log.publish(outcome(name))));
  expect(await keys()).toEqual(names);
});

it('begins a new line after one that a crash cut off', async () => {
  await log.publish(outcome('a'));
  await log.close();
  await appendFile(file, '{"version":"0","de');
  log = await open();
  await log.publish(outcome('b'));
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[2] ?? '').detail.Key).toBe('b');
});

it('shows followers what comes after, or everything', async () => {
  await log.publish(outcome('before'));
  const [late, all] = [await follow(), await follow('?from=start')];
  for (const name of ['one', 'two', 'three']) await log.publish(outcome(name));
  // Nobody who follows loses what was published before the end.
  await new Promise((resolve) => setTimeout(resolve, 100));
  await log.endFollowers();
  await Promise.all([late.done, all.done]);
  const seen = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).detail.Key);
  expect(seen(late.lines)).toEqual(['one', 'two', 'three']);
  expect(seen(all.lines)).toEqual(['before', 'one', 'two', 'three']);
});
