/** What every store of access keys promises, asked of each. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GetParametersByPathCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FileKeyStore, type KeyStore, keyPrefix, SsmKeyStore } from '../../layers/keys/index.ts';
import { type AccessKey, type Grant, issueKey } from '../../layers/protocol/index.ts';
import { type FakeParameterStore, startParameterStore } from '../support/ssm.ts';

interface Place {
  /** Opens the same store once more, as another process would. */
  open(): KeyStore;
  /** Puts something in the place of a key. */
  damage(id: string, text: string): Promise<void>;
}

let folder: string;
let ssm: FakeParameterStore;
let place = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-keys-'));
  ssm = await startParameterStore();
});
afterAll(async () => {
  await ssm.close();
  await rm(folder, { recursive: true, force: true });
});

const PLACES: [string, () => Place][] = [
  [
    'FileKeyStore',
    () => {
      const own = path.join(folder, `keys-${place++}`);
      return {
        open: () => new FileKeyStore(own),
        damage: (id, text) => writeFile(path.join(own, `${id}.json`), text),
      };
    },
  ],
  [
    'SsmKeyStore',
    () => {
      const prefix = keyPrefix(`stack-${place++}`);
      return {
        open: () => new SsmKeyStore(ssm.client(), prefix),
        async damage(id, text) {
          const Name = `${prefix}/${id}`;
          await ssm
            .client()
            .send(
              new PutParameterCommand({ Name, Value: text, Type: 'SecureString', Overwrite: true }),
            );
        },
      };
    },
  ],
];

let minute = 0;
const newKey = (grant: Partial<Grant> = {}): AccessKey =>
  issueKey(
    { name: '', operations: 'all', collections: '*', expires: undefined, ...grant },
    randomBytes,
    new Date(Date.UTC(2026, 10, 22, 0, minute++)),
  );
const described = ({ secret: _, ...description }: AccessKey) => description;

describe.each(PLACES)('%s', (_, openPlace) => {
  let home: Place;
  let store: KeyStore;
  beforeEach(() => {
    home = openPlace();
    store = home.open();
  });

  it('is empty at first', async () => {
    expect(await store.list()).toEqual([]);
    expect(await store.find(newKey().id)).toBeUndefined();
  });

  it('finds a key as it was created, whoever opens it', async () => {
    const keys = [
      newKey(),
      newKey({
        name: 'Zoë’s laptop',
        operations: ['SearchFaces', 'ListFaces'],
        collections: 'family-*',
        expires: new Date('2027-01-01T00:00:00.123Z'),
      }),
      newKey({ operations: [] }),
    ];
    for (const key of keys) await store.create(key);
    for (const key of keys) {
      expect(await store.find(key.id)).toEqual(key);
      expect(await home.open().find(key.id)).toEqual(key);
    }
  });

  it('lists all keys in the order of creation, without their secrets', async () => {
    const keys = Array.from({ length: 23 }, () => newKey());
    await Promise.all([...keys].reverse().map((key) => store.create(key)));
    const listed = await store.list();
    expect(listed).toEqual(keys.map(described));
    expect(JSON.stringify(listed)).not.toContain('secret');
  });

  it('revokes a key and no other', async () => {
    const [first, second] = [newKey(), newKey()];
    await store.create(first);
    await store.create(second);
    await home.open().revoke(first.id);
    expect(await store.find(first.id)).toBeUndefined();
    expect(await store.list()).toEqual([described(second)]);
    await expect(store.revoke(first.id)).rejects.toMatchObject({
      name: 'UnknownKeyError',
      message: `There is no access key ${first.id}.`,
    });
  });

  it('does not put one key in the place of another', async () => {
    const key = newKey();
    await store.create(key);
    await expect(store.create({ ...key, secret: 'another' })).rejects.toMatchObject({
      name: 'KeyExistsError',
    });
    expect(await store.find(key.id)).toEqual(key);
  });

  it('loses nothing when many create and revoke at the same time', async () => {
    const kept = Array.from({ length: 12 }, () => newKey());
    const gone = Array.from({ length: 12 }, () => newKey());
    for (const key of gone) await store.create(key);
    await Promise.all([
      ...kept.map((key) => home.open().create(key)),
      ...gone.map(({ id }) => home.open().revoke(id)),
    ]);
    expect((await store.list()).map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
  });

  it.each(['', '../key', 'AKIA', 'AKIAABCDEFGHIJKLMN2/', '*'])(
    'knows no key %j, which is no id',
    async (id) => {
      expect(await store.find(id)).toBeUndefined();
      await expect(store.revoke(id)).rejects.toMatchObject({ name: 'UnknownKeyError' });
    },
  );

  it.each([
    ['no JSON', () => '{"secret":"of-somebody'],
    ['no object', () => '7'],
    ['another key', () => JSON.stringify({ ...newKey(), secret: 'of-somebody' })],
    ['no secret', (key: AccessKey) => JSON.stringify({ ...key, secret: '' })],
    ['no operations', (key: AccessKey) => JSON.stringify({ ...key, operations: [1] })],
    ['no pattern', (key: AccessKey) => JSON.stringify({ ...key, collections: 'a b' })],
    ['no date', (key: AccessKey) => JSON.stringify({ ...key, expires: 'soon' })],
  ])('refuses what is %s, without saying what it is', async (_name, text) => {
    const key = newKey();
    await store.create(key);
    await home.damage(key.id, text(key));
    const error: unknown = await store.find(key.id).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'DamagedKeyError',
      message: `The stored access key ${key.id} is damaged; revoke it and create another.`,
    });
    expect(error).not.toHaveProperty('cause');
    await store.revoke(key.id);
    expect(await store.list()).toEqual([]);
  });
});

describe('FileKeyStore', () => {
  it('keeps files that only their owner can read, and leaves no others', async () => {
    const own = path.join(folder, 'private', 'keys');
    const key = newKey();
    const store = new FileKeyStore(own);
    await store.create(key);
    await store.create(key).catch(() => undefined);
    expect(await readdir(own)).toEqual([`${key.id}.json`]);
    expect((await stat(own)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(own, `${key.id}.json`))).mode & 0o777).toBe(0o600);
  });

  it('takes no notice of what a process that died left behind', async () => {
    const own = path.join(folder, 'died');
    const store = new FileKeyStore(own);
    const key = newKey();
    await store.create(key);
    const text = await readFile(path.join(own, `${key.id}.json`), 'utf8');
    await writeFile(path.join(own, 'c0ffee.tmp'), text.slice(0, 40));
    expect(await store.list()).toEqual([described(key)]);
  });
});

describe('SsmKeyStore', () => {
  it('keeps SecureStrings below the prefix of its stack, apart from other stacks', async () => {
    const [mine, other] = [newKey(), newKey()];
    await new SsmKeyStore(ssm.client(), keyPrefix('mine')).create(mine);
    await new SsmKeyStore(ssm.client(), keyPrefix('mine-too')).create(other);
    const { Parameters } = await ssm
      .client()
      .send(new GetParametersByPathCommand({ Path: '/recollect/mine/keys' }));
    expect(Parameters).toEqual([
      {
        Name: `/recollect/mine/keys/${mine.id}`,
        Type: 'SecureString',
        Value: 'AQICAHg-encrypted',
      },
    ]);
    const store = new SsmKeyStore(ssm.client(), keyPrefix('mine'));
    expect(await store.list()).toEqual([described(mine)]);
    expect(await store.find(other.id)).toBeUndefined();
  });

  it('does not take a store that fails for one without the key', async () => {
    const broken = new SsmKeyStore(ssm.client(), keyPrefix('broken'));
    const key = newKey();
    await broken.create(key);
    const unreachable = await startParameterStore();
    const client = unreachable.client();
    await unreachable.close();
    await expect(new SsmKeyStore(client, keyPrefix('broken')).find(key.id)).rejects.toThrow();
  });

  it('asks for one parameter only to find a key', async () => {
    const counted = await startParameterStore();
    try {
      await new SsmKeyStore(counted.client(), keyPrefix('s')).find(newKey().id);
      expect(counted.actions).toEqual(['GetParameter']);
    } finally {
      await counted.close();
    }
  });
});
