/** Whenever the power goes, what was acknowledged is there, and a commit is there as a whole or not at all. */
import { expect, it } from 'vitest';
import { Engine } from '../../../infra/emulators/storage/engine.ts';
import { Random } from '../../support/random.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { after, drawCommit, type State, stateOf } from './workload.ts';

const file = '/data/store.sqlite';
const SEEDS = Number(process.env['STORE_SEEDS'] ?? 10);
const CUTS = 6;

it.each(Array.from({ length: SEEDS }, (_, seed) => seed))('power cuts, seed %i', async (seed) => {
  const random = new Random(seed).next;
  let disk = new SimulatedDisk();
  let state: State = new Map();
  for (let cut = 0; cut < CUTS; cut++) {
    const engine = await Engine.open({ file, create: true, disk });
    expect(stateOf(engine)).toEqual(state);
    disk.callsLeft = Math.floor(random() ** 2 * 400);
    let undecided: State = state;
    for (;;) {
      const commit = drawCommit(random);
      undecided = after(state, commit);
      const [failure] = engine.apply([commit]);
      if (failure !== undefined) break;
      state = undecided;
    }
    engine.close();
    disk = disk.afterPowerCut(random);
    const found = stateOf(await Engine.open({ file, create: true, disk }));
    // The commit that was under way may have made it, without having been acknowledged.
    expect([state, undecided]).toContainEqual(found);
    state = found;
    const again = await Engine.open({ file, create: true, disk });
    expect(again.check()).toEqual([]);
    again.close();
  }
});

it('the test would notice a disk that does not synchronise', async () => {
  let isLost = false;
  for (let seed = 0; seed < 20 && !isLost; seed++) {
    const random = new Random(seed).next;
    const disk = new SimulatedDisk();
    const engine = await Engine.open({ file, create: true, disk });
    disk.sync = () => undefined;
    let state: State = new Map();
    for (let i = 0; i < 30; i++) {
      const commit = drawCommit(random);
      if (engine.apply([commit])[0] === undefined) state = after(state, commit);
    }
    try {
      const reopened = await Engine.open({ file, create: true, disk: disk.afterPowerCut(random) });
      expect(stateOf(reopened)).toEqual(state);
    } catch {
      isLost = true;
    }
  }
  expect(isLost).toBe(true);
});
