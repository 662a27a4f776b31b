/** Inference in threads: whose turn it is, what is given back, and what dies. The inference is a fake. */
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { EmbeddingError } from '../../../layers/inference/embedder.ts';
import {
  ClientGoneError,
  FaceModelMissingError,
  ImageFormatError,
  InferenceBusyError,
  InferencePool,
  ThreadLostError,
  Work,
} from '../../../layers/inference/index.ts';
import { pictureOf } from './deeds.ts';

const never = new AbortController().signal;
let pool: InferencePool;
let work: Work;
afterEach(() => pool.close());

function open(threads: number, waiting = 100): void {
  work = new Work();
  pool = new InferencePool({
    threads,
    waiting,
    work,
    start: () =>
      new Worker(new URL('./fake-thread.mjs', import.meta.url), {
        execArgv: [],
        resourceLimits: { maxOldGenerationSizeMb: 64 },
      }),
  });
}

/** Reads a picture and looks at it. @returns how many pictures its thread held before */
const look = (picture: Uint8Array, signal = never, isPatient = false) =>
  work.run(
    signal,
    async () => {
      const { width } = await see(picture);
      return width;
    },
    { isPatient },
  );

async function see(bytes: Uint8Array) {
  const picture = await pool.read(bytes);
  await pool.findFaces(picture);
  return picture;
}

describe('the pool', () => {
  it('starts threads as they are needed, and has no more pictures than threads', async () => {
    open(2);
    expect(pool.threads).toBe(0);
    await look(pictureOf('nothing'));
    await new Promise((resolve) => setImmediate(resolve));
    await look(pictureOf('nothing'));
    expect(pool.threads).toBe(1);
    const held = await Promise.all(Array.from({ length: 8 }, () => look(pictureOf('nothing', 5))));
    expect(held).toEqual(Array.from({ length: 8 }, () => 0));
    expect(pool.threads).toBe(2);
  });

  it('keeps the event loop free while threads are busy', async () => {
    open(1);
    await look(pictureOf('nothing'));
    let isOver = false;
    let turns = 0;
    const looking = look(pictureOf('nothing', 200)).then(() => {
      isOver = true;
    });
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      turns++;
    }
    await looking;
    expect(turns).toBeGreaterThan(10);
  });

  it('gives the pictures of one piece of work to one thread, and takes them back one by one', async () => {
    open(2);
    await work.run(never, async () => {
      const first = await pool.read(pictureOf('nothing'));
      const second = await pool.read(pictureOf('nothing'));
      expect([first.width, second.width]).toEqual([0, 1]);
      pool.release(first);
      expect((await pool.read(pictureOf('nothing'))).width).toBe(1);
      await expect(pool.findFaces(first)).rejects.toThrow(TypeError);
    });
    expect(await look(pictureOf('nothing'))).toBe(0);
  });

  it('lets the next in as soon as the last picture is released', async () => {
    open(1);
    const seen = await work.run(never, async () => {
      pool.release(await see(pictureOf('nothing')));
      // Would wait for ever if the thread were still taken.
      return look(pictureOf('nothing'));
    });
    expect(seen).toBe(0);
  });

  it('hands on the faces that it has found as what they are, and others as they look', async () => {
    open(1);
    await work.run(never, async () => {
      const picture = await pool.read(pictureOf('faces'));
      const first = await pool.findFaces(picture);
      const second = await pool.findFaces(picture);
      const copy = { ...first[1]! };
      const asked = [second[1]!, first[0]!, copy];
      const embedded = await pool.embed(picture, asked, 'whose');
      // The fake numbers what it finds, and says whether it is given the very same face again.
      expect(embedded.map(({ norm, symmetry }) => [norm, symmetry])).toEqual([
        [3, 1],
        [0, 1],
        [1, 0],
      ]);
    });
  });

  it('turns away who would wait in vain, and forgets who has gone', async () => {
    open(1, 1);
    const busy = look(pictureOf('nothing', 100));
    const ahead = look(pictureOf('nothing'));
    const client = new AbortController();
    const waiting = look(pictureOf('nothing'), client.signal);
    await expect(look(pictureOf('nothing'))).rejects.toThrow(InferenceBusyError);
    const patient = look(pictureOf('nothing'), never, true);
    client.abort();
    await expect(waiting).rejects.toThrow(ClientGoneError);
    expect(await Promise.all([busy, ahead, patient])).toEqual([0, 0, 0]);
    expect(await look(pictureOf('nothing'))).toBe(0);
  });

  it('does not make a client that has gone wait, nor the next one hold its picture', async () => {
    open(1);
    await look(pictureOf('nothing'));
    const client = new AbortController();
    let isSeen = false;
    const going = look(pictureOf('nothing', 150), client.signal).finally(() => {
      isSeen = true;
    });
    setTimeout(() => client.abort(), 20);
    await expect(going).rejects.toThrow(ClientGoneError);
    expect(isSeen).toBe(true);
    expect(await look(pictureOf('nothing'))).toBe(0);
    expect(pool.waiting).toBe(0);
  });

  it('survives a thread that ends or has no memory left', async () => {
    open(1);
    for (const deed of ['exit', 'memory'] as const) {
      const dying = look(pictureOf(deed));
      const next = look(pictureOf('nothing'));
      await expect(dying).rejects.toThrow(ThreadLostError);
      expect(await next).toBe(0);
      expect(pool.threads).toBe(1);
    }
  });

  it('says so when threads cannot start', async () => {
    open(1);
    const broken = new InferencePool({
      threads: 1,
      waiting: 1,
      work,
      start: () => new Worker('throw new Error("no models")', { eval: true, execArgv: [] }),
    });
    const asked = work.run(never, () => broken.read(pictureOf('nothing')));
    await expect(asked).rejects.toMatchObject({
      name: 'ThreadLostError',
      cause: { message: 'no models' },
    });
  });

  it('hands errors on as what they are, with their causes', async () => {
    open(1);
    const damaged = await look(pictureOf('damaged')).catch((error: unknown) => error);
    expect(damaged).toBeInstanceOf(ImageFormatError);
    expect(damaged).toMatchObject({ message: 'It is damaged', cause: { message: 'at byte 7' } });
    expect(damaged).toHaveProperty('cause', expect.any(RangeError));
    expect((damaged as Error).stack).toContain('fake-thread');
    await work.run(never, async () => {
      const picture = await pool.read(pictureOf('nothing'));
      await expect(pool.embed(picture, [], 'none')).rejects.toThrow(FaceModelMissingError);
      await expect(pool.embed(picture, [])).rejects.toThrow(EmbeddingError);
      await expect(pool.embed(picture, [])).rejects.toHaveProperty('code');
      await expect(pool.describe(picture, [], new Set())).rejects.toThrow('no error at all');
    });
  });

  it('knows only its own pictures, and only within a piece of work', async () => {
    open(1);
    await expect(pool.read(pictureOf('nothing'))).rejects.toThrow(TypeError);
    await expect(pool.findFaces({ width: 1, height: 1 })).rejects.toThrow(TypeError);
  });
});
