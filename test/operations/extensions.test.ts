/** Recollect's own operations: each by plain HTTP, by a signed call and as a command, with keys and without. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AssociateFacesCommand,
  CreateCollectionCommand,
  CreateUserCommand,
  IndexFacesCommand,
  RekognitionClient,
} from '@aws-sdk/client-rekognition';
import { sign } from 'aws4';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { contracts } from '../../functions/extensions/contracts/index.ts';
import { extensions } from '../../functions/operations.ts';
import { callExtension } from '../../infra/commands/extensions/client.ts';
import { flagOf, isImage } from '../../infra/commands/extensions/flags.ts';
import { FileKeyStore } from '../../layers/keys/index.ts';
import {
  type AccessKey,
  type ExtensionContract,
  type Grant,
  issueKey,
} from '../../layers/protocol/index.ts';
import { writeSynthetic } from '../commands/transfer/synthetic.ts';
import { noFace, sample } from '../support/photos.ts';
import { ran } from '../support/recollect.ts';
import { failure, startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let folder: string;
let key: AccessKey;
let client: RekognitionClient;
beforeAll(async () => {
  stack = await startStack({ auth: true, auditDays: 1 });
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-extensions-'));
  await writeFile(path.join(folder, 'sample3.jpg'), await sample(3));
  await writeSynthetic(path.join(folder, 'empty.ndjson.gz'), {
    ...{ collectionId: 'nobody', faces: 0, users: 0, facesPerUser: 0, seed: 0 },
  });
  key = await newKey({ operations: [...ALL_OPERATIONS] });
  client = clientOf(key);
});
afterAll(async () => {
  client.destroy();
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

const ALL_OPERATIONS = [
  ...['AssociateFaces', 'CreateCollection', 'CreateUser', 'IndexFaces'],
  ...extensions.map(({ name }) => name),
];

async function newKey(grant: Partial<Grant> = {}): Promise<AccessKey> {
  const all = { name: '', operations: 'all', collections: '*', expires: undefined } as const;
  const made = issueKey({ ...all, ...grant }, randomBytes, new Date());
  await new FileKeyStore(path.join(stack.data, 'keys')).create(made);
  return made;
}

const clientOf = ({ id, secret }: AccessKey) =>
  new RekognitionClient({
    endpoint: stack.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: id, secretAccessKey: secret },
    maxAttempts: 1,
  });

/** Runs a command with a key. The SDK reads it from the environment of the process itself. */
async function command(args: readonly string[], { id, secret }: AccessKey = key) {
  const keys = { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret };
  for (const [name, value] of Object.entries(keys)) vi.stubEnv(name, value);
  try {
    return await ran(args, { ...keys, AWS_ENDPOINT_URL_REKOGNITION: stack.endpoint });
  } finally {
    vi.unstubAllEnvs();
  }
}

async function post(pathname: string, input: object, headers: Record<string, string>) {
  const init = { method: 'POST', headers, body: JSON.stringify(input) };
  const response = await fetch(stack.endpoint + pathname, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const bearer = ({ id, secret }: AccessKey) => ({ authorization: `Bearer ${id}.${secret}` });

describe('the contracts', () => {
  it('are those of the operations', () => {
    const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name);
    expect(names(contracts)).toEqual(names(extensions));
  });

  it('leave their names to the flags that every command has', () => {
    const taken = ['endpoint', 'profile', 'region', 'json', 'help'];
    const flags = contracts.flatMap(({ input }) => Object.keys(input.members).map(flagOf));
    expect(flags.filter((flag) => taken.includes(flag))).toEqual([]);
  });
});

describe.each(contracts)('$name', (contract) => {
  const { name } = contract;
  /** Nothing is given: refused where something must be, and the same in each way. */
  const expected = (body: unknown) =>
    contract.input.required.length === 0
      ? undefined
      : expect(body).toMatchObject({ __type: 'ValidationException' });

  it('is called by plain HTTP, with a token', async () => {
    const { status, body } = await post(`/${name}`, {}, bearer(key));
    expect(status).toBe(contract.input.required.length === 0 ? 200 : 400);
    expected(body);
  });

  it('is called by its target, with a signature of another signer than the SDK', async () => {
    const { host } = new URL(stack.endpoint);
    const headers = { 'x-amz-target': `Recollect.${name}`, 'content-type': 'application/json' };
    const signed = sign(
      { host, path: '/', method: 'POST', service: 'rekognition', body: '{}', headers },
      { accessKeyId: key.id, secretAccessKey: key.secret },
    );
    const { body } = await post('/', {}, signed.headers as Record<string, string>);
    expected(body);
  });

  it('is called through the SDK', async () => {
    if (contract.input.required.length === 0) {
      expect(await callExtension(client, name, {})).toBeTypeOf('object');
    } else {
      expect(await failure(callExtension(client, name, {}))).toMatchObject({
        name: 'ValidationException',
        status: 400,
      });
    }
  });

  it('is a command', async () => {
    const before = stack.requests.length;
    await command(commandLine(contract));
    expect(stack.requests.slice(before).map(({ operation }) => operation)).toContain(name);
  });

  it('is no operation of the API', async () => {
    const target = { 'x-amz-target': `RekognitionService.${name}`, ...bearer(key) };
    expect((await post('/', {}, target)).body).toEqual({
      __type: 'UnknownOperationException',
      message: `Unknown operation: ${name}; its X-Amz-Target is Recollect.${name}`,
    });
  });

  it('is refused without a key, and with one for something else', async () => {
    expect((await post(`/${name}`, {}, {})).body).toMatchObject({
      __type: 'MissingAuthenticationTokenException',
    });
    const other = await newKey({ operations: ['ListFaces'] });
    expect((await post(`/${name}`, {}, bearer(other))).body).toMatchObject({
      __type: 'AccessDeniedException',
      Message: expect.stringContaining(`recollect:${name}`),
    });
  });

  it('keeps to the collections of a key', async () => {
    if (!('CollectionId' in contract.input.members)) return;
    const limited = await newKey({ operations: [name], collections: 'family-*' });
    const { said } = await command(commandLine(contract), limited);
    expect(said).toMatch(/^AccessDeniedException: .* resource: .*collection\/nobody/);
  });
});

/** A command line that calls the extension. */
function commandLine(contract: ExtensionContract): string[] {
  const own = OWN_ARGUMENTS[contract.name]?.();
  return [flagOf(contract.name), ...(own ?? examples(contract))];
}

/** Of commands that are written by hand. */
const OWN_ARGUMENTS: Readonly<Record<string, () => string[]>> = {
  ExportCollection: () => [
    ...['--collection-id', 'nobody', '--output', path.join(folder, 'nobody.ndjson.gz')],
  ],
  ImportCollection: () => [path.join(folder, 'empty.ndjson.gz'), '--data', folder],
};

/** Something for each flag that must be given, about a collection that does not exist. */
function examples({ input }: ExtensionContract): string[] {
  return input.required.flatMap((name) => {
    const shape = input.members[name]!;
    const value = () => {
      if (isImage(shape) || shape.type === 'blob') return path.join(folder, 'sample3.jpg');
      if (name === 'CollectionId') return 'nobody';
      if (shape.type === 'string') return shape.values?.[0] ?? 'X';
      if (shape.type === 'integer' || shape.type === 'float') return String(shape.min ?? 1);
      if (shape.type === 'list' && shape.member.type !== 'string') return '[]';
      return shape.type === 'structure' ? '{}' : 'x';
    };
    return [`--${flagOf(name)}`, value()];
  });
}

describe('SearchAllFacesByImage', () => {
  const CollectionId = 'friends';
  const search = (more: object) =>
    callExtension(client, 'SearchAllFacesByImage', { CollectionId, ...more }) as Promise<Answer>;
  let woman: string;

  interface Answer {
    readonly SearchedFaces: readonly {
      readonly FaceDetail: { readonly BoundingBox: Record<'Left' | 'Width' | 'Height', number> };
      readonly FaceMatches: readonly {
        readonly Similarity: number;
        readonly Face: { readonly FaceId: string; readonly ExternalImageId: string };
      }[];
      readonly UserMatches: readonly { readonly User: { readonly UserId: string } }[];
    }[];
    readonly UnsearchedFaces: readonly { readonly Reasons: readonly string[] }[];
    readonly FaceModelVersion: string;
  }

  beforeAll(async () => {
    await client.send(new CreateCollectionCommand({ CollectionId }));
    const { FaceRecords } = await client.send(
      new IndexFacesCommand({
        CollectionId,
        Image: { Bytes: await sample(1) },
        ExternalImageId: 'halloween',
      }),
    );
    // The woman at the right of the first photograph is the one in the middle of the third.
    const byPlace = FaceRecords!
      .map(({ Face }) => Face!)
      .sort((a, b) => b.BoundingBox!.Left! - a.BoundingBox!.Left!);
    woman = byPlace[0]!.FaceId!;
    await client.send(new CreateUserCommand({ CollectionId, UserId: 'anna' }));
    await client.send(
      new AssociateFacesCommand({ CollectionId, UserId: 'anna', FaceIds: [woman] }),
    );
  }, 60_000);

  it('answers for each face, largest first, with faces and users', async () => {
    const Bytes = (await sample(3)).toString('base64');
    const { SearchedFaces, UnsearchedFaces, FaceModelVersion } = await search({
      Image: { Bytes },
    });
    expect(FaceModelVersion).toBe('1.0');
    expect(UnsearchedFaces).toEqual([]);
    const areas = SearchedFaces.map(({ FaceDetail: { BoundingBox } }) => area(BoundingBox));
    expect(areas.length).toBe(3);
    expect(areas).toEqual([...areas].sort((a, b) => b - a));
    const found = SearchedFaces.filter(({ FaceMatches }) => FaceMatches.length > 0);
    expect(found).toHaveLength(1);
    const [{ FaceDetail, FaceMatches, UserMatches } = SearchedFaces[0]!] = found;
    expect(FaceDetail.BoundingBox.Left).toBeGreaterThan(0.4);
    expect(FaceMatches).toMatchObject([{ Face: { FaceId: woman, ExternalImageId: 'halloween' } }]);
    expect(UserMatches).toMatchObject([{ User: { UserId: 'anna' } }]);
  });

  it('keeps to limits and thresholds', async () => {
    const Image = { Bytes: (await sample(1)).toString('base64') };
    const all = await search({ Image, FaceMatchThreshold: 0, UserMatchThreshold: 0, MaxFaces: 2 });
    expect(all.SearchedFaces.map(({ FaceMatches }) => FaceMatches.length)).toEqual([2, 2, 2]);
    for (const { FaceMatches } of all.SearchedFaces) {
      expect(FaceMatches[0]!.Similarity).toBeGreaterThan(99);
      expect(FaceMatches[0]!.Similarity).toBeGreaterThan(FaceMatches[1]!.Similarity);
    }
    expect(all.SearchedFaces.map(({ UserMatches }) => UserMatches.length)).toEqual([1, 1, 1]);
    const tooMany = await failure(search({ Image, MaxFaces: 101 }));
    expect(tooMany.name).toBe('ValidationException');
  });

  it('says which faces did not pass the filter, and why', async () => {
    const Image = { Bytes: (await sample(1)).toString('base64') };
    const high = await search({ Image, QualityFilter: 'HIGH' });
    expect(high.SearchedFaces.length + high.UnsearchedFaces.length).toBe(3);
    for (const { Reasons } of high.UnsearchedFaces) expect(Reasons.length).toBeGreaterThan(0);
  });

  it('of a photograph without faces has no answers', async () => {
    const Image = { Bytes: (await noFace()).toString('base64') };
    expect(await search({ Image })).toEqual({
      SearchedFaces: [],
      UnsearchedFaces: [],
      FaceModelVersion: '1.0',
    });
  });

  it('gets the errors of any search', async () => {
    const Image = { Bytes: Buffer.from('text').toString('base64') };
    expect((await failure(search({ Image }))).name).toBe('InvalidImageFormatException');
    expect((await failure(search({ Image: {} }))).name).toBe('InvalidParameterException');
    const elsewhere = search({ CollectionId: 'nowhere', Image });
    expect(await failure(elsewhere)).toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'The collection id: nowhere does not exist',
    });
  });

  it('is printed for people, and as JSON', async () => {
    const asked = ['search-all-faces-by-image', '--collection-id', CollectionId];
    const image = ['--image', path.join(folder, 'sample3.jpg')];
    const plain = await command([...asked, ...image]);
    expect(plain).toMatchObject({ code: 0, said: '' });
    expect(plain.printed).toMatch(/^SearchedFaces: 3\n {2}- FaceDetail:\n {6}BoundingBox: Width /);
    expect(plain.printed).toContain('User: UserId anna, UserStatus ACTIVE');
    const json = await command([...asked, ...image, '--json', '--max-faces', '1']);
    expect(JSON.parse(json.printed).SearchedFaces).toHaveLength(3);
    const wrong = await command([...asked, '--image', 'absent.jpg']);
    expect(wrong).toEqual({ code: 1, printed: '', said: 'absent.jpg does not exist.' });
    const missing = await command(asked);
    expect(missing.code).toBe(2);
    expect(missing.said).toMatch(/^Say which Image: --image FILE\|s3:\/\/BUCKET\/KEY\./);
  });
});

const area = ({ Width, Height }: Record<'Width' | 'Height', number>) => Width * Height;
