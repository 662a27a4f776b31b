/** Collections out of one service and into another: nothing lost, nothing doubled, wherever it was killed. */
import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  CreateCollectionCommand,
  DeleteCollectionCommand,
  DescribeCollectionCommand,
  ListFacesCommand,
  ListTagsForResourceCommand,
  SearchFacesCommand,
  SearchUsersCommand,
} from '@aws-sdk/client-rekognition';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectExtensions, type Extensions } from '../../../infra/commands/extensions/client.ts';
import { runExport } from '../../../infra/commands/transfer/export.ts';
import { runImport } from '../../../infra/commands/transfer/import.ts';
import { present } from '../../support/programs.ts';
import { ran, surroundings } from '../../support/recollect.ts';
import { failure, startStack, type TestStack } from '../../support/stack.ts';
import { suppressedImage, writeSynthetic } from './synthetic.ts';

/** More faces, and more that is kept out, than one page has. */
const WHAT = {
  ...{ collectionId: 'crowd', faces: 600, users: 12, facesPerUser: 7, seed: 20 },
  suppressions: 40,
};

let from: TestStack;
let to: TestStack;
let folder: string;
let original: string;
beforeAll(async () => {
  [from, to] = await Promise.all([startStack({ foldAt: 400 }), startStack({ foldAt: 400 })]);
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-transfer-'));
  original = path.join(folder, 'synthetic.ndjson.gz');
  await writeSynthetic(original, WHAT);
}, 60_000);
afterAll(async () => {
  await Promise.all([from.stop(), to.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const NOBODY = '00000000-0000-4000-8000-000000000001';
const textOf = async (file: string) => gunzipSync(await readFile(file)).toString();
const at = (stack: TestStack, ...args: string[]) =>
  ran([...args, '--endpoint', stack.endpoint], { RECOLLECT_DATA: path.join(folder, 'state') });
const delivered = (stack: TestStack, CollectionId: string) =>
  stack.rekognition.send(new DeleteCollectionCommand({ CollectionId }));

/** A connection that dies with a call, before or after the service has done what it asks for. */
function dyingAt(call: number, when: 'before' | 'after') {
  return (...given: Parameters<typeof connectExtensions>): Extensions => {
    const real = connectExtensions(...given);
    let calls = 0;
    return {
      ...real,
      async call(name, input) {
        if (calls++ < call) return real.call(name, input);
        if (when === 'after') await real.call(name, input);
        throw new Error('Killed.');
      },
    };
  };
}

describe('a collection', { timeout: 120_000 }, () => {
  it('comes in with everything, and is searched at once', async () => {
    const { code, printed, said } = await at(from, 'import-collection', original);
    expect({ code, said }).toEqual({ code: 0, said: '' });
    expect(printed).toMatch(/^600 faces and 12 users in [\d.]+ s: collection crowd$/);
    const described = await from.rekognition.send(
      new DescribeCollectionCommand({ CollectionId: 'crowd' }),
    );
    expect(described).toMatchObject({
      FaceCount: WHAT.faces,
      UserCount: 12,
      FaceModelVersion: '1.0',
    });
    const { Tags } = await from.rekognition.send(
      new ListTagsForResourceCommand({ ResourceArn: described.CollectionARN }),
    );
    expect(Tags).toEqual({ purpose: 'test', 'recollect:face-model': '1.0' });
    const { Faces } = await from.rekognition.send(
      new ListFacesCommand({ CollectionId: 'crowd', UserId: 'user-3' }),
    );
    expect(Faces).toHaveLength(7);
    const FaceId = Faces![0]!.FaceId!;
    const { UserMatches } = await from.rekognition.send(
      new SearchUsersCommand({ CollectionId: 'crowd', FaceId, UserMatchThreshold: 0, MaxUsers: 1 }),
    );
    expect(UserMatches).toMatchObject([{ User: { UserId: 'user-3', UserStatus: 'ACTIVE' } }]);
  });

  it('goes out again as it came in, to the last bit, and from another machine too', async () => {
    const first = path.join(folder, 'first.ndjson.gz');
    const out = ['export-collection', '--collection-id', 'crowd', '--output'];
    expect(await at(from, ...out, first)).toMatchObject({ code: 0, said: '' });
    expect(await textOf(first)).toBe(await textOf(original));
    expect((await at(to, 'import-collection', first)).code).toBe(0);
    const second = path.join(folder, 'second.ndjson.gz');
    const { printed } = await at(to, ...out, second, '--json');
    expect(JSON.parse(printed)).toMatchObject({
      ...{ file: second, faces: WHAT.faces, users: 12, suppressions: 120 },
    });
    expect((await readFile(second)).equals(await readFile(first))).toBe(true);
    const id = JSON.parse((await textOf(first)).split('\n')[1]!).Face.FaceId;
    const search = new SearchFacesCommand({
      CollectionId: 'crowd',
      FaceId: id,
      FaceMatchThreshold: 0,
      MaxFaces: 5,
    });
    const [here, there] = [await from.rekognition.send(search), await to.rekognition.send(search)];
    expect(there.FaceMatches).toEqual(here.FaceMatches);
    expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([]);
    // Who is kept out here is kept out there.
    const { Face } = JSON.parse((await textOf(first)).split('\n')[1]!);
    const extensions = connectExtensions({ endpoint: to.endpoint }, {});
    const stranger = { ...Face, FaceId: NOBODY, ImageId: suppressedImage(7) };
    const page = { CollectionId: 'crowd', FaceModelVersion: '1.0', Faces: [stranger] };
    expect(await extensions.call('ImportCollection', page)).toMatchObject({
      SuppressedFaces: [NOBODY],
    });
    extensions.close();
    await delivered(to, 'crowd');
  });

  it('of the first version of the format comes in too, its faces as old as the import', async () => {
    const file = path.join(folder, 'version-1.ndjson.gz');
    const small = { ...WHAT, collectionId: 'small', faces: 10, users: 1, suppressions: 0 };
    await writeSynthetic(file, { ...small, version: 1 });
    expect(await textOf(file)).not.toMatch(/IndexedAt|Suppressions/);
    const before = Date.now();
    expect(await at(to, 'import-collection', file)).toMatchObject({ code: 0, said: '' });
    const output = path.join(folder, 'version-2.ndjson.gz');
    await at(to, 'export-collection', '--collection-id', 'small', '--output', output);
    const lines = (await textOf(output)).trim().split('\n');
    expect(JSON.parse(lines[0]!).Collection.Version).toBe(2);
    const { IndexedAt } = JSON.parse(lines[1]!).Face;
    expect(IndexedAt).toBeGreaterThanOrEqual(before);
    expect(IndexedAt).toBeLessThanOrEqual(Date.now());
    await delivered(to, 'small');
  });

  it('is exported whole, wherever the export is killed', async () => {
    const output = path.join(folder, 'killed.ndjson.gz');
    const connected = { endpoint: from.endpoint, profile: undefined, region: undefined };
    const request = { collection: 'crowd', output, json: true, ...connected };
    for (let round = 0; round < 6; round++) {
      const when = round % 2 === 0 ? 'before' : 'after';
      const run = runExport(request, surroundings(), dyingAt(1, when));
      const outcome = await run.catch((error: Error) => error.message);
      if (outcome === 0) break;
      expect(outcome).toBe('Killed.');
      // What a crash of the machine may leave behind what is certain.
      await appendFile(`${output}.partial`, 'half a page');
    }
    expect(await textOf(output)).toBe(await textOf(original));
  });

  it('is imported whole, wherever the import is killed', async () => {
    const connected = { endpoint: to.endpoint, profile: undefined, region: undefined };
    const request = {
      ...connected,
      file: original,
      collection: 'killed',
      merge: false,
      data: path.join(folder, 'state'),
      json: false,
    };
    let deaths = 0;
    for (; deaths < 20; deaths++) {
      const when = deaths % 2 === 0 ? 'after' : 'before';
      const run = runImport(request, surroundings(), dyingAt(deaths % 3 === 0 ? 0 : 1, when));
      const outcome = await run.catch((error: Error) => error.message);
      if (outcome === 0) break;
      expect(outcome).toBe('Killed.');
    }
    expect(deaths).toBeGreaterThan(3);
    const again = path.join(folder, 'again.ndjson.gz');
    await at(to, 'export-collection', '--collection-id', 'killed', '--output', again);
    const renamed = (await textOf(again)).replace('"killed"', '"crowd"').split('\n');
    // The checksum in the last line covers the name.
    expect(renamed.slice(0, -2)).toEqual((await textOf(original)).split('\n').slice(0, -2));
    const { FaceCount, UserCount } = await to.rekognition.send(
      new DescribeCollectionCommand({ CollectionId: 'killed' }),
    );
    expect({ FaceCount, UserCount }).toEqual({ FaceCount: WHAT.faces, UserCount: 12 });
  });

  it('goes on after Ctrl-C', async () => {
    const stopped = new AbortController();
    stopped.abort();
    const said: string[] = [];
    const here = {
      ...surroundings(),
      interruption: () => stopped.signal,
      say: (line: string) => void said.push(line),
    };
    const connected = { endpoint: to.endpoint, profile: undefined, region: undefined };
    const request = {
      ...connected,
      file: original,
      collection: 'stopped',
      merge: false,
      data: path.join(folder, 'state'),
      json: false,
    };
    expect(await runImport(request, here)).toBe(130);
    expect(said).toEqual(['Interrupted. The same command goes on from here.']);
    expect(await runImport(request, surroundings())).toBe(0);
  });
});

describe('what is refused', { timeout: 60_000 }, () => {
  const into = (file: string, ...more: string[]) =>
    at(to, 'import-collection', file, '--collection-id', 'refused', ...more);
  const write = async (name: string, text: string | Buffer) => {
    const file = path.join(folder, name);
    await writeFile(file, typeof text === 'string' ? gzipSync(text) : text);
    return file;
  };
  const nothingCame = async () =>
    expect(
      await failure(
        to.rekognition.send(new DescribeCollectionCommand({ CollectionId: 'refused' })),
      ),
    ).toMatchObject({ name: 'ResourceNotFoundException' });

  it.each<[string, (text: string, bytes: Buffer) => string | Buffer, RegExp]>([
    ['an altered digit', (text) => text.replace('"Left":0.1', '"Left":0.2'), /not as it was writ/],
    ['a line taken out', (text) => text.replace(/\n[^\n]*\n/, '\n'), /not as it was written/],
    [
      'a last line missing',
      (text) => `${text.split('\n').slice(0, -2).join('\n')}\n`,
      /is not complete/,
    ],
    ['half a line', (text) => text.slice(0, -30), /is not complete|middle of a line/],
    ['half of the bytes', (_, bytes) => bytes.subarray(0, bytes.length / 2), /not all of it/],
    ['no gzip', (text) => Buffer.from(text), /no gzip file/],
    ['another line', (text) => text.replace('"Face":', '"Cat":'), /^Line 2 of .* is not one/],
    ['a later format', (text) => text.replace('"Version":2', '"Version":3'), /later version/],
    ['more behind the end', (text) => `${text}{"User":{}}\n`, /goes on after its end/],
  ])('%s: before anything is stored', async (name, damage, expected) => {
    const bytes = await readFile(original);
    const file = await write(`${name}.gz`, damage(await textOf(original), bytes));
    const { code, said } = await into(file);
    expect(said).toMatch(expected);
    expect(code).toBe(1);
    await nothingCame();
  });

  it('a collection that is there, unless it is added to', async () => {
    await to.rekognition.send(new CreateCollectionCommand({ CollectionId: 'there' }));
    const args = ['import-collection', original, '--collection-id', 'there'];
    const refused = await at(to, ...args);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.said).toMatch(/^There is a collection there already; --collection-id names/);
    // Once more: the first attempt must not have made the collection its own.
    expect((await at(to, ...args)).code).toBe(1);
    expect((await at(to, ...args, '--merge')).code).toBe(0);
    expect((await at(to, ...args, '--merge')).code).toBe(0);
    const { FaceCount } = await to.rekognition.send(
      new DescribeCollectionCommand({ CollectionId: 'there' }),
    );
    expect(FaceCount).toBe(WHAT.faces);
  });

  it('a file that is there already, and a collection that is not', async () => {
    const args = ['export-collection', '--collection-id'];
    const taken = await at(from, ...args, 'crowd', '--output', original);
    expect(taken.said).toMatch(/is there already; name another with --output, or delete it\.$/);
    const output = path.join(folder, 'nobody.ndjson.gz');
    const absent = await at(from, ...args, 'nobody', '--output', output);
    expect(absent.said).toMatch(/^ResourceNotFoundException: The collection id: nobody does not/);
    expect((await readdir(folder)).filter((name) => name.startsWith('nobody'))).toEqual([]);
  });

  it('vectors of another model, and what are no vectors', async () => {
    const extensions = connectExtensions({ endpoint: to.endpoint }, {});
    const [, second = ''] = (await textOf(original)).split('\n');
    const { Face } = JSON.parse(second);
    const call = (more: object) =>
      failure(
        extensions.call('ImportCollection', {
          CollectionId: 'refused',
          FaceModelVersion: '1.0',
          Create: true,
          Faces: [Face],
          ...more,
        }),
      );
    const invalid = 'InvalidParameterException';
    expect(await call({ FaceModelVersion: '9.9' })).toMatchObject({
      name: invalid,
      message: expect.stringContaining('The face model 9.9 is not installed'),
    });
    expect(await call({ FaceModelSha256: '0'.repeat(64) })).toMatchObject({
      name: invalid,
      message: expect.stringContaining('another network'),
    });
    for (const Vector of [
      Buffer.alloc(768).toString('base64'),
      Buffer.alloc(766, 1).toString('base64'),
      Buffer.from(new Float32Array(192).fill(Number.NaN).buffer).toString('base64'),
      Buffer.from(new Float32Array(128).fill(1 / Math.sqrt(128)).buffer).toString('base64'),
    ]) {
      expect(await call({ Faces: [Face, { ...Face, Vector }] })).toMatchObject({
        name: invalid,
        message: expect.stringContaining('192 numbers of float32'),
      });
    }
    const suppression = { SuppressionId: `image#${NOBODY}`, Kind: 'IMAGE', AddedAt: 1 };
    const vector = { ...suppression, SuppressionId: 'vector#x', Kind: 'VECTOR' };
    for (const wrong of [
      { ...suppression, Kind: 'EXTERNAL_IMAGE_ID' },
      vector,
      { ...vector, Similarity: 60, FaceModelVersion: '1.0', Vector: 'AAAAAAAA' },
      { ...vector, Similarity: 60, FaceModelVersion: '9.9', Vector: Face.Vector },
    ]) {
      expect(await call({ Suppressions: [suppression, wrong] })).toMatchObject({ name: invalid });
    }
    expect(await call({ Faces: [{ ...Face, FaceId: 'x' }] })).toMatchObject({
      name: 'ValidationException',
    });
    extensions.close();
    await nothingCame();
  });

  it('a face that is another user’s, and says so', async () => {
    const extensions = connectExtensions({ endpoint: from.endpoint }, {});
    const { Faces } = await from.rekognition.send(
      new ListFacesCommand({ CollectionId: 'crowd', UserId: 'user-3' }),
    );
    const taken = Faces![0]!.FaceId!;
    const absent = '00000000-0000-4000-8000-000000000000';
    const User = { UserId: 'newcomer', FaceIds: [taken, absent] };
    expect(
      await extensions.call('ImportCollection', {
        CollectionId: 'crowd',
        FaceModelVersion: '1.0',
        Users: [User],
      }),
    ).toEqual({
      Faces: 0,
      Users: 1,
      UnassociatedFaces: [
        { UserId: 'newcomer', FaceId: taken, Reason: 'ASSOCIATED_TO_A_DIFFERENT_USER' },
        { UserId: 'newcomer', FaceId: absent, Reason: 'FACE_NOT_FOUND' },
      ],
      SuppressedFaces: [],
      Suppressions: 0,
    });
    extensions.close();
  });
});

describe.runIf(present('python3', ['--version']))('ten lines of Python', () => {
  it('read it, as the document shows', async () => {
    const document = await readFile('docs/export-format.md', 'utf8');
    const program = /```python\n([\s\S]*?)```/.exec(document)?.[1] ?? '';
    expect(program.trim().split('\n').length).toBeLessThanOrEqual(10);
    const script = path.join(folder, 'read.py');
    await writeFile(script, program);
    const { stdout } = await promisify(execFile)('python3', [script, original]);
    const [, second = ''] = (await textOf(original)).split('\n');
    const { Face } = JSON.parse(second);
    const vector = new Float32Array(new Uint8Array(Buffer.from(Face.Vector, 'base64')).buffer);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(WHAT.faces + 1);
    const [id, numbers, first] = lines[0]!.split(' ');
    expect([id, numbers, Math.fround(Number(first))]).toEqual([Face.FaceId, '192', vector[0]]);
    expect(lines.at(-1)).toBe('the file is as it was written');
  });
});
