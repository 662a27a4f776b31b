/** `recollect import` in a process of its own, interrupted and killed, against a server on this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateCollectionCommand,
  DescribeCollectionCommand,
  ListFacesCommand,
  ListUsersCommand,
} from '@aws-sdk/client-rekognition';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFace, OTHERS, portrait, SAME_MAN } from '../../support/photos.ts';
import { RECOLLECT } from '../../support/recollect.ts';
import { startStack, type TestStack } from '../../support/stack.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

let stack: TestStack;
let photos: string;
beforeAll(async () => {
  stack = await startStack();
  photos = await mkdtemp(path.join(tmpdir(), 'recollect-photos-'));
  const people = { 'Ann Ä': SAME_MAN, Bob: OTHERS.slice(0, 1), Cat: OTHERS.slice(1, 2) };
  for (const [person, cells] of Object.entries(people)) {
    await mkdir(path.join(photos, person));
    for (const [i, cell] of cells.entries()) {
      await writeFile(path.join(photos, person, `${i}.png`), await portrait(cell));
    }
  }
  await writeFile(path.join(photos, 'landscape.jpg'), await noFace());
  await writeFile(path.join(photos, 'broken.jpg'), 'no image, alas');
  await writeFile(path.join(photos, 'empty.jpg'), '');
  await writeFile(path.join(photos, 'film.mov'), 'no photograph');
});
afterAll(async () => {
  await stack.stop();
  await rm(photos, { recursive: true, force: true });
});

const PHOTOGRAPHS = SAME_MAN.length + 2 + 3;

function start(journal: string, ...args: string[]): { child: ChildProcess; output: string[] } {
  const child = spawn(process.execPath, [RECOLLECT, 'import', ...args, '--journal', journal], {
    cwd: ROOT,
    env: {
      ...process.env,
      AWS_ENDPOINT_URL_REKOGNITION: stack.endpoint,
      AWS_ENDPOINT_URL_S3: stack.s3Endpoint,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => output.push(text));
  }
  return { child, output };
}

async function end({ child, output }: ReturnType<typeof start>) {
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
  return { code, output: output.join('') };
}

/** Photographs that the journal has. */
async function done(journal: string): Promise<string[]> {
  const text = await readFile(journal, 'utf8').catch(() => '');
  const lines = text.split('\n').slice(1, -1);
  return lines.map((line) => JSON.parse(line).name);
}

async function faces(CollectionId: string) {
  const { Faces = [] } = await stack.rekognition.send(new ListFacesCommand({ CollectionId }));
  return Faces;
}

describe('an import', () => {
  it('stores the same as an uninterrupted one when it is interrupted and killed', async () => {
    const plain = path.join(stack.data, 'plain.ndjson');
    const whole = await end(start(plain, photos, '--collection', 'whole', '--create'));
    expect(whole).toMatchObject({ code: 0 });
    expect(whole.output).toContain(`${PHOTOGRAPHS} photographs, 0 of them done before`);
    expect(whole.output).toContain('1 passed over: the name does not end as that of');
    expect(whole.output).toContain('2 rejected.\n');
    expect(whole.output).not.toMatch(/some time|0:00 left/);
    expect(await done(plain)).toHaveLength(PHOTOGRAPHS);

    const journal = path.join(stack.data, 'interrupted.ndjson');
    const args = [photos, '--collection', 'pieces', '--create', '--parallel', '1'];
    const first = start(journal, ...args);
    await expect.poll(() => done(journal), { timeout: 20_000, interval: 5 }).not.toHaveLength(0);
    first.child.kill('SIGINT');
    expect(await end(first)).toMatchObject({ code: 130, output: /Interrupted/ });
    const afterFirst = (await done(journal)).length;
    expect(afterFirst).toBeLessThan(PHOTOGRAPHS);

    const second = start(journal, ...args);
    const more = async () => (await done(journal)).length > afterFirst;
    await expect.poll(more, { timeout: 20_000, interval: 5 }).toBe(true);
    second.child.kill('SIGKILL');
    await end(second);
    const afterSecond = (await done(journal)).length;
    expect(afterSecond).toBeLessThan(PHOTOGRAPHS);

    const third = await end(start(journal, ...args));
    expect(third).toMatchObject({ code: 0 });
    expect(third.output).toContain(`${afterSecond} of them done before`);
    const names = await done(journal);
    expect(names).toHaveLength(PHOTOGRAPHS);
    expect(new Set(names).size).toBe(PHOTOGRAPHS);

    expect((await faces('pieces')).map(({ FaceId }) => FaceId)).toEqual(
      (await faces('whole')).map(({ FaceId }) => FaceId),
    );
    const csv = await readFile(path.join(stack.data, 'interrupted.rejected.csv'), 'utf8');
    expect(csv).toMatch(
      /^photograph,code,reason\r\nbroken\.jpg,InvalidImageFormatException,"?It is neither a JPEG nor a PNG, or it is damaged\."?\r\nempty\.jpg,EmptyFile,The file is empty\.\r\n$/,
    );
    // Nothing is sent again by an import that is over.
    const requests = stack.requests.length;
    expect(await end(start(journal, ...args))).toMatchObject({ code: 0 });
    expect(stack.requests.slice(requests).map(({ operation }) => operation)).toEqual([
      'DescribeCollection',
    ]);
  }, 120_000);

  it('makes users of folders', async () => {
    const journal = path.join(stack.data, 'users.ndjson');
    const args = [photos, '--collection', 'users', '--create', '--user-from-folder'];
    expect(await end(start(journal, ...args))).toMatchObject({ code: 0 });
    const { Users = [] } = await stack.rekognition.send(
      new ListUsersCommand({ CollectionId: 'users' }),
    );
    expect(Users.map(({ UserId }) => UserId).sort()).toEqual(['Ann:20:C3:84', 'Bob', 'Cat']);
    const bob = (await faces('users')).filter(({ UserId }) => UserId === 'Bob');
    expect(bob.map(({ ExternalImageId }) => ExternalImageId)).toEqual(['Bob::0.png']);
    const ann = (await faces('users')).filter(({ UserId }) => UserId === 'Ann:20:C3:84');
    expect(ann.length).toBeGreaterThan(1);
  }, 60_000);

  it('reads a bucket', async () => {
    await stack.s3.send(new CreateBucketCommand({ Bucket: 'album' }));
    for (const [i, cell] of OTHERS.slice(0, 3).entries()) {
      const Key = `2024/März/${i} +%.png`;
      await stack.s3.send(
        new PutObjectCommand({ Bucket: 'album', Key, Body: await portrait(cell) }),
      );
    }
    const journal = path.join(stack.data, 'bucket.ndjson');
    const args = ['s3://album/2024', '--collection', 'album', '--create'];
    expect(await end(start(journal, ...args))).toMatchObject({ code: 0 });
    expect((await faces('album')).map(({ ExternalImageId }) => ExternalImageId).sort()).toEqual([
      'M:C3:A4rz::0:20:2B:25.png',
      'M:C3:A4rz::1:20:2B:25.png',
      'M:C3:A4rz::2:20:2B:25.png',
    ]);
  }, 60_000);

  it('needs a collection', async () => {
    const journal = path.join(stack.data, 'none.ndjson');
    expect(await end(start(journal, photos, '--collection', 'nobody'))).toMatchObject({
      code: 1,
      output: 'There is no collection nobody; --create makes it.\n',
    });
    await stack.rekognition.send(new CreateCollectionCommand({ CollectionId: 'empty' }));
    const missing = path.join(photos, 'nowhere');
    const { code, output } = await end(start(journal, missing, '--collection', 'empty'));
    expect([code, output]).toEqual([1, expect.stringContaining('does not exist')]);
    const { FaceCount } = await stack.rekognition.send(
      new DescribeCollectionCommand({ CollectionId: 'empty' }),
    );
    expect(FaceCount).toBe(0);
  });
});
