/** Bits that flip on the disk, and bytes that must not stay there. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Engine } from '../../../infra/emulators/storage/engine.ts';
import {
  repairStore,
  STORE_FILE,
  StoreDamagedError,
  StoreMissingError,
} from '../../../infra/emulators/storage/index.ts';
import { Random } from '../../support/random.ts';
import { after, drawCommit, type State, stateOf } from './workload.ts';

const FLIPS = 200;
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-store-'));
  file = path.join(folder, STORE_FILE);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function filled(seed: number): Promise<State> {
  const random = new Random(seed).next;
  const engine = await Engine.open({ file, create: true });
  let state: State = new Map();
  for (let i = 0; i < 40; i++) {
    const commit = drawCommit(random);
    expect(engine.apply([commit])).toEqual([undefined]);
    state = after(state, commit);
  }
  engine.close();
  return state;
}

describe('a bit that flips', () => {
  it(`never changes an answer, wherever it is (${FLIPS} flips)`, async () => {
    const state = await filled(1);
    const sound = await readFile(file);
    const random = new Random(2).next;
    let noticedByReads = 0;
    let withoutEffect = 0;
    for (let i = 0; i < FLIPS; i++) {
      const position = Math.floor(random() * sound.length);
      const bytes = Buffer.from(sound);
      bytes[position]! ^= 1 << Math.floor(random() * 8);
      await writeFile(file, bytes);
      const where = `byte ${position}`;
      let engine: Engine;
      try {
        engine = await Engine.open({ file, create: false });
      } catch (error) {
        expect(error, where).toBeInstanceOf(StoreDamagedError);
        continue;
      }
      for (const key of [...state.keys(), 'item/none']) {
        try {
          const value = engine.get(Buffer.from(key));
          expect(value && Buffer.from(value).toString(), where).toBe(state.get(key));
        } catch (error) {
          expect(error, where).toBeInstanceOf(StoreDamagedError);
          noticedByReads++;
        }
      }
      try {
        expect(stateOf(engine), where).toEqual(state);
      } catch (error) {
        expect(error, where).toBeInstanceOf(StoreDamagedError);
      }
      if (engine.check().length === 0) withoutEffect++;
      engine.close();
    }
    // Only what is in no use.
    expect(withoutEffect).toBeLessThan(FLIPS / 4);
    expect(noticedByReads).toBeGreaterThan(FLIPS / 2);
  });

  it('is repaired: what can be read is kept, what is lost is named', async () => {
    const state = await filled(3);
    const sound = await readFile(file);
    const random = new Random(4).next;
    let found = 0;
    for (let i = 0; i < 20; i++) {
      // Every third time it is the first page, which says where everything else is.
      const position = i % 3 === 0 ? 100 * i : Math.floor(random() * sound.length);
      const bytes = Buffer.from(sound);
      bytes[position]! ^= 1;
      await writeFile(file, bytes);
      const { kept, problems } = await repairStore(folder);
      found += problems.length;
      const engine = await Engine.open({ file, create: false });
      expect(engine.check()).toEqual([]);
      const left = stateOf(engine);
      if (problems.length > 0) expect(left.size).toBe(kept);
      const named = problems.flatMap(({ key }) => (key ? [Buffer.from(key).toString()] : []));
      for (const [key, value] of state) {
        if (left.has(key)) expect(left.get(key)).toBe(value);
        else expect(named).toContain(key);
      }
      engine.close();
    }
    expect(found).toBeGreaterThan(0);
  });
});

it('the journal that a commit has left half way is verified too', async () => {
  // The journal of a commit that dies is found by opening; here its pages are damaged.
  const { SimulatedDisk } = await import('./simulated-disk.ts');
  const random = new Random(9).next;
  let damaged = 0;
  for (let i = 0; i < 40; i++) {
    const disk = new SimulatedDisk();
    const engine = await Engine.open({ file, create: true, disk });
    let state: State = new Map();
    for (let n = 0; n < 10; n++) {
      const commit = drawCommit(random);
      engine.apply([commit]);
      state = after(state, commit);
    }
    disk.callsLeft = 6 + Math.floor(random() * 10);
    const commit = drawCommit(random);
    const [failure] = engine.apply([commit]);
    engine.close();
    disk.callsLeft = Number.POSITIVE_INFINITY;
    const journal = `${file}-journal`;
    const descriptor = disk.open(journal, 'write', false);
    const size = disk.size(descriptor);
    const isHot = failure !== undefined && size > 512 + 100;
    if (isHot) {
      const position = 512 + 4 + Math.floor(random() * (size - 516));
      const byte = Buffer.alloc(1);
      disk.read(descriptor, byte, position);
      byte[0]! ^= 1;
      disk.write(descriptor, byte, position);
    }
    disk.close(descriptor);
    try {
      const found = stateOf(await Engine.open({ file, create: true, disk }));
      expect([state, after(state, commit)]).toContainEqual(found);
    } catch (error) {
      expect(error).toBeInstanceOf(StoreDamagedError);
      damaged++;
    }
  }
  expect(damaged).toBeGreaterThan(0);
});

it('nothing of what was deleted or replaced stays in the files', async () => {
  const engine = await Engine.open({ file, create: true });
  const secret = (i: number) => `SECRET-${i}-${'s'.repeat(20 + i * 97)}`;
  for (let i = 0; i < 100; i++) {
    const key = Buffer.from(`person/SECRETKEY-${i}`);
    expect(engine.apply([[{ key, value: Buffer.from(secret(i)) }]])).toEqual([undefined]);
  }
  for (let i = 0; i < 100; i++) {
    const key = Buffer.from(`person/SECRETKEY-${i}`);
    const value = i % 3 === 0 ? Buffer.from('another value') : undefined;
    expect(engine.apply([[{ key, value }]])).toEqual([undefined]);
  }
  for (let i = 0; i < 100; i += 3) {
    engine.apply([[{ key: Buffer.from(`person/SECRETKEY-${i}`), value: undefined }]]);
  }
  // Also while it is open.
  for (const name of [file, `${file}-journal`]) {
    expect((await readFile(name)).includes('SECRET'), name).toBe(false);
  }
  engine.close();
  expect((await readFile(file)).includes('SECRET')).toBe(false);
});

it('a file that is missing is not made where it should be there', async () => {
  await expect(Engine.open({ file, create: false })).rejects.toThrow(StoreMissingError);
  await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
});
