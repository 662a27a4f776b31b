/** A disk without room: nothing acknowledged is lost, nothing deleted comes back, and it goes on by itself. */
import { expect, it } from 'vitest';
import { Engine } from '../../../infra/emulators/storage/engine.ts';
import { StoreFullError } from '../../../infra/emulators/storage/index.ts';
import { Random } from '../../support/random.ts';
import { rounds } from '../../support/thorough.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { after, drawCommit, type State, stateOf } from './workload.ts';

const file = '/data/store.sqlite';

it.each(Array.from({ length: rounds(5, 20) }, (_, seed) => seed))(
  'a full disk, seed %i',
  async (seed) => {
    const random = new Random(1000 + seed).next;
    const disk = new SimulatedDisk();
    let engine = await Engine.open({ file, create: true, disk });
    let state: State = new Map();
    let refused = 0;
    for (let round = 0; round < 4; round++) {
      disk.capacity = disk.contents().length + Math.floor(random() * 100_000);
      for (let i = 0; i < 60; i++) {
        const commits = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
          drawCommit(random),
        );
        const failures = engine.apply(commits);
        for (const [at, commit] of commits.entries()) {
          if (failures[at] === undefined) state = after(state, commit);
          else {
            expect(failures[at]).toBeInstanceOf(StoreFullError);
            refused++;
          }
        }
        if (i % 10 === 0) expect(stateOf(engine)).toEqual(state);
      }
      if (random() < 0.5) {
        engine.close();
        engine = await Engine.open({ file, create: true, disk });
      }
      expect(stateOf(engine)).toEqual(state);
      disk.capacity = Number.POSITIVE_INFINITY;
      expect(engine.apply([drawCommit(() => 0.4)])).toEqual([undefined]);
      state = stateOf(engine);
      expect(engine.check()).toEqual([]);
    }
    expect(refused).toBeGreaterThan(0);
  },
);

it('what is small still goes through beside what is too large', async () => {
  const disk = new SimulatedDisk();
  const engine = await Engine.open({ file, create: true, disk });
  const key = (name: string) => Buffer.from(name);
  engine.apply([[{ key: key('a'), value: Buffer.alloc(3_000, 1) }]]);
  disk.capacity = disk.contents().length + 60_000;
  const large = [{ key: key('b'), value: Buffer.alloc(500_000, 1) }];
  const [tooLarge, deleted] = engine.apply([large, [{ key: key('a'), value: undefined }]]);
  expect(tooLarge).toBeInstanceOf(StoreFullError);
  expect(String(tooLarge)).toContain('The disk is full');
  expect(deleted).toBeUndefined();
  expect(stateOf(engine)).toEqual(new Map());
});
