/**
 * Uploads under everything that S3, SQS and Lambda do: events that come twice and in any order, workers at work
 * on one object side by side, workers that die anywhere. Once all messages are answered for, a collection that
 * mirrors the bucket has the faces of the objects that are there, and no others.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ObjectEvent } from '../../functions/uploads/object-events.ts';
import { rejectionOf } from '../../functions/uploads/rejection.ts';
import { rounds } from '../support/thorough.ts';
import { World } from '../uploads/fixture.ts';

const KEY = 'family/a.jpg';

/** Versions of an object, with faces in common: what one worker deletes, another one may just have stored. */
const UNREADABLE = 'no image';
const change = fc.constantFrom('ann', 'bob cat', 'ann ', '', UNREADABLE, 'deleted');

class Death extends Error {}

const scenario = fc.record({
  changes: fc.array(change, { minLength: 1, maxLength: 5 }),
  /** Which events come twice. */
  twice: fc.infiniteStream(fc.boolean()),
  /** At which of all calls a worker dies. */
  deaths: fc.uniqueArray(fc.nat(60), { maxLength: 4 }),
});

async function play(
  s: fc.Scheduler,
  { changes, twice, deaths }: typeof scenario extends fc.Arbitrary<infer T> ? T : never,
  mirror: boolean,
) {
  let calls = 0;
  const world = new World({
    mirror,
    step: async (name) => {
      await s.schedule(Promise.resolve(), name);
      if (deaths.includes(calls++)) throw new Death(name);
    },
  });
  world.create('family');
  const last = { text: 'deleted' };
  /** As SQS: until the message is answered for. */
  const deliver = async (event: ObjectEvent) => {
    for (;;) {
      try {
        await world.uploads.follow(event);
        return;
      } catch (error) {
        // It goes to the dead letters.
        if (rejectionOf(error) !== undefined) return;
      }
    }
  };
  const messages: Promise<void>[] = [];
  const writer = async () => {
    for (const text of changes) {
      await s.schedule(Promise.resolve(), `change to ${text}`);
      world.now += 1000;
      const event = text === 'deleted' ? world.delete(KEY) : world.put(KEY, text);
      last.text = text;
      const copies = twice.next().value ? 2 : 1;
      for (let i = 0; i < copies; i++) messages.push(deliver(event));
    }
  };
  await s.waitFor(writer());
  await s.waitFor(Promise.all(messages));
  return { world, last: last.text };
}

/** The faces of a text, as a world that saw nothing else has them. */
async function facesOf(text: string): Promise<string[]> {
  if (text === 'deleted' || text === UNREADABLE) return [];
  const world = new World();
  world.create('family');
  await world.uploads.follow(world.put(KEY, text));
  return world.words('family');
}

it('leaves a mirroring collection with the faces of what is there, and no others', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scenario, async (s, given) => {
      const { world, last } = await play(s, given, true);
      expect(world.words('family')).toEqual(await facesOf(last));
    }),
    { numRuns: rounds(200, 800) },
  );
}, 120_000);

it('leaves any other collection with the faces of what is there, at least', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scenario, async (s, given) => {
      const { world, last } = await play(s, given, false);
      const words = world.words('family');
      for (const face of await facesOf(last)) expect(words).toContain(face);
    }),
    { numRuns: rounds(100, 300) },
  );
}, 120_000);

it('tells of the last version, if it is there', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), scenario, async (s, given) => {
      const { world, last } = await play(s, given, true);
      const told = world.outcomes.map(({ ETag }) => ETag);
      if (last !== 'deleted' && last !== UNREADABLE) expect(told).toContain(`etag of ${last}`);
    }),
    { numRuns: rounds(100, 300) },
  );
}, 120_000);
