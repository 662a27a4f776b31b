/** `recollect keys`, as people type it: in a process of its own, and what is wrong with a command line. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { list } from '../../../infra/commands/keys/run.ts';
import { FileKeyStore, keyPrefix, SsmKeyStore } from '../../../layers/keys/index.ts';
import { ran, recollect, surroundings } from '../../support/recollect.ts';
import { type FakeParameterStore, startParameterStore } from '../../support/ssm.ts';

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
  recollect(['keys', ...args], {
    AWS_ENDPOINT_URL_SSM: ssm.endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    RECOLLECT_DATA: data,
  });

const idIn = (text: string) => /AKIA[A-Z2-7]{16}/.exec(text)?.[0] ?? '';

describe('recollect keys', () => {
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
    const folder = path.join(data, 'others');
    const here = ['--data', folder];
    const shown = async (now: string) => {
      const lines: string[] = [];
      const print = (line: string) => void lines.push(line);
      const where = { data: folder, stack: undefined, json: false };
      await list(where, { ...surroundings(), print, now: () => new Date(now) });
      return lines.join('\n');
    };
    expect(await shown('2026-11-22T00:00:00Z')).toContain('There are no access keys.');
    const id = idIn((await ran(['keys', 'create', '--days', '1', ...here])).printed);
    const expires = (await new FileKeyStore(path.join(folder, 'keys')).find(id))?.expires;
    const [day] = expires?.toISOString().split('T') ?? [];
    const before = new Date(Number(expires) - 1).toISOString();
    expect(await shown(before)).toMatch(new RegExp(` {2}${day} {2}all operations`));
    expect(await shown(String(expires?.toISOString()))).toContain(`${day} (over)`);
    const { printed } = await ran(['keys', 'revoke', id, ...here]);
    expect(printed).toContain(`${id} is revoked.`);
    expect((await ran(['keys', 'list', ...here])).printed).toContain('There are no access keys.');
  });

  it('tells programs the same as JSON', async () => {
    const here = ['--json', '--data', path.join(data, 'json')];
    const created = JSON.parse((await ran(['keys', 'create', ...here])).printed);
    expect(created).toMatchObject({ operations: 'all', collections: '*', expires: null });
    expect(created.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    const { secretAccessKey: _, ...shown } = created;
    expect(JSON.parse((await ran(['keys', 'list', ...here])).printed)).toEqual([shown]);
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
  it.each([
    [[], 'Say what to do: keys create, keys list, keys revoke.'],
    [['destroy'], 'There is no command "keys destroy", but keys create, keys list, keys revoke.'],
    [['revoke'], 'Say which key to revoke: AKIA and sixteen characters.'],
    [['revoke', 'AKIA1'], 'Say which key to revoke: AKIA and sixteen characters.'],
    [['list', 'all'], 'What is "all"?'],
    [['list', '--days', '3'], "Unknown option '--days'."],
    [['create', '--operations', 'IndexFaces,Indexfaces'], 'There is no operation "Indexfaces".'],
    [['create', '--operations', ''], 'Nothing is named by "".'],
    [['create', '--operations', ' , '], 'Nothing is named by " , ".'],
    [['create', '--collections', 'a b'], 'Collections are letters, digits'],
    [['create', '--days', '0'], 'Days must be a number from 1 to 99999, not "0".'],
    [['create', '--name', 'x'.repeat(65)], 'A name has at most 64 characters'],
    [['create', '--name', 'a\nb'], 'A name has at most 64 characters'],
    [['create', '--stack', 'my/stack'], '"my/stack" cannot be the name of a stack.'],
    [['create', '--stack', 'a', '--data', 'b'], 'Either --stack or --data.'],
    [['create', '--secret', 'x'], "Unknown option '--secret'."],
  ])('%j is refused: %s', async (args, message) => {
    const { code, said, printed } = await ran(['keys', ...args]);
    expect(said).toContain(message);
    expect(said).toMatch(/--help says what there is\.$/);
    expect({ code, printed }).toEqual({ code: 2, printed: '' });
  });

  it('is told everything that is wrong with it at once', async () => {
    const { said } = await ran(['keys', 'create', '--days', 'x', '--collections', '/']);
    expect(said).toMatch(/Collections.*Days/s);
  });
});
