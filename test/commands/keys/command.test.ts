/** `npm run keys`, as people type it: in a process of its own, and what is wrong with a command line. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCommand } from '../../../infra/commands/keys/command.ts';
import { run } from '../../../infra/commands/keys/run.ts';
import { FileKeyStore, keyPrefix, SsmKeyStore } from '../../../layers/protocol/keys/index.ts';
import { output } from '../../support/programs.ts';
import { type FakeParameterStore, startParameterStore } from '../../support/ssm.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

let data: string;
let ssm: FakeParameterStore;
beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'recollect-keys-command-'));
  ssm = await startParameterStore();
});
afterAll(async () => {
  await ssm.close();
  await rm(data, { recursive: true, force: true });
});

/** What the command prints. @throws with what it printed to standard error */
const keys = (...args: string[]) =>
  output(
    process.execPath,
    ['--import', 'tsx', path.join(ROOT, 'infra/commands/keys/main.ts'), ...args],
    {
      AWS_ENDPOINT_URL_SSM: ssm.endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      RECOLLECT_DATA: data,
    },
  );

const idIn = (text: string) => /AKIA[A-Z2-7]{16}/.exec(text)?.[0] ?? '';

describe('npm run keys', () => {
  it('creates, lists and revokes keys in the data folder', async () => {
    const created = await keys(
      'create',
      ...['--name', 'the shop', '--operations', 'SearchFaces, ListFaces'],
      ...['--collections', 'shop-*', '--days', '30'],
    );
    const id = idIn(created);
    const key = await new FileKeyStore(path.join(data, 'keys')).find(id);
    expect(key).toMatchObject({
      name: 'the shop',
      operations: ['SearchFaces', 'ListFaces'],
      collections: 'shop-*',
    });
    expect(key?.secret).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(Number(key?.expires) - Number(key?.created)).toBe(30 * 24 * 3600 * 1000);
    expect(created).toContain(`Authorization: Bearer ${id}.${key?.secret}`);

    const listed = await keys('list');
    expect(listed).toContain(id);
    expect(listed).toContain('SearchFaces, ListFaces on shop-*');
    expect(listed).not.toContain(key?.secret);

    await expect(keys('revoke', 'AKIAZZZZZZZZZZZZZZZZ')).rejects.toThrow(
      'There is no access key AKIAZZZZZZZZZZZZZZZZ.',
    );
  });

  it('says when there are no keys, and when one is over', async () => {
    const store = new FileKeyStore(path.join(data, 'others'));
    const place = { kind: 'folder', data } as const;
    const surroundings = { store, random: randomBytes, now: new Date('2026-11-22T00:00:00Z') };
    const list = (now: string) =>
      run({ action: 'list', place }, { ...surroundings, now: new Date(now) });
    expect(await list('2026-11-22T00:00:00Z')).toContain('There are no access keys.');
    const id = idIn(await run(readCommand(['create', '--days', '1'], {}, []), surroundings));
    expect(await list('2026-11-22T23:59:59Z')).toMatch(
      /2026-11-22 {2}2026-11-23 {2}all operations/,
    );
    expect(await list('2026-11-23T00:00:00Z')).toContain('2026-11-23 (over)');
    expect(await run({ action: 'revoke', place, id }, surroundings)).toContain(`${id} is revoked.`);
    expect(await store.list()).toEqual([]);
  });

  it('does the same in a deployed stack', async () => {
    const id = idIn(await keys('create', '--stack', 'Recollect'));
    const store = new SsmKeyStore(ssm.client(), keyPrefix('Recollect'));
    expect(await store.find(id)).toMatchObject({ id, operations: 'all', collections: '*' });
    await keys('revoke', id, '--stack', 'Recollect');
    expect(await store.list()).toEqual([]);
  });
});

describe('a command line', () => {
  const read =
    (...args: string[]) =>
    () =>
      readCommand(args, {}, ['IndexFaces', 'ListFaces']);

  it('has defaults', () => {
    expect(read('create')()).toEqual({
      action: 'create',
      place: { kind: 'folder', data: './.recollect' },
      name: '',
      operations: 'all',
      collections: '*',
      days: undefined,
    });
    expect(readCommand(['list'], { RECOLLECT_DATA: '/srv/faces' }, [])).toEqual({
      action: 'list',
      place: { kind: 'folder', data: '/srv/faces' },
    });
  });

  it.each([
    [[], 'Say what to do.'],
    [['destroy'], 'There is no command "destroy".'],
    [['revoke'], 'Say which key to revoke: AKIA and sixteen characters.'],
    [['revoke', 'AKIA1'], 'Say which key to revoke: AKIA and sixteen characters.'],
    [['list', 'all'], 'What is "all"?'],
    [['list', '--days', '3'], '--days is for create.'],
    [['create', '--operations', 'IndexFaces,Indexfaces'], 'There is no operation "Indexfaces".'],
    [['create', '--operations', ''], 'There is no operation "".'],
    [['create', '--collections', 'a b'], 'Collections are letters, digits'],
    [['create', '--days', '0'], 'Days must be a number from 1 to 99999, not "0".'],
    [['create', '--name', 'x'.repeat(65)], 'A name has at most 64 characters'],
    [['create', '--name', 'a\nb'], 'A name has at most 64 characters'],
    [['create', '--stack', 'my/stack'], '"my/stack" cannot be the name of a stack.'],
    [['create', '--stack', 'a', '--data', 'b'], 'Either --stack or --data.'],
    [['create', '--secret', 'x'], "Unknown option '--secret'"],
  ])('%j is refused: %s', (args, message) => {
    expect(read(...args)).toThrow(
      expect.objectContaining({
        name: 'CommandError',
        message: expect.stringMatching(/Usage:\n {2}npm run keys/),
      }),
    );
    expect(read(...args)).toThrow(message);
  });

  it('is told everything that is wrong with it at once', () => {
    expect(read('create', '--days', 'x', '--collections', '/')).toThrow(/Collections.*Days/s);
  });
});
