/** Pieces of work, and the places that they take. */
import { describe, expect, it } from 'vitest';
import {
  ClientGoneError,
  InferenceBusyError,
  Places,
  Work,
} from '../../../layers/inference/index.ts';

const never = new AbortController().signal;
const somebody = { signal: never, isPatient: false };

describe('a piece of work', () => {
  it('gives back what was taken for it, once, however it ends', async () => {
    const work = new Work();
    const given: string[] = [];
    await work.run(never, async () => work.piece.atEnd(() => given.push('answered')));
    const failing = work.run(never, async () => {
      work.piece.atEnd(() => given.push('failed'));
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(given).toEqual(['answered', 'failed']);
  });

  it('tells how long it has waited for its turn', async () => {
    const work = new Work();
    const places = new Places({ places: 1 });
    const leave = await places.enter(somebody);
    const waited: number[] = [];
    const onWait = (milliseconds: number) => waited.push(milliseconds);
    const entering = work.run(never, () => places.enter(work.piece), { onWait });
    setTimeout(leave, 20);
    await entering;
    expect(waited).toEqual([expect.any(Number)]);
    expect(waited[0]).toBeGreaterThanOrEqual(19);
  });

  it('gives back at once what is taken after its end', async () => {
    const work = new Work();
    const given: string[] = [];
    const piece = await work.run(never, async () => work.piece);
    piece.atEnd(() => given.push('late'));
    expect(given).toEqual(['late']);
  });

  it('is known to all that it calls, and to nobody else', async () => {
    const work = new Work();
    const [a, b] = await Promise.all(
      ['a', 'b'].map(() =>
        work.run(never, async () => {
          const before = work.piece;
          await new Promise((resolve) => setTimeout(resolve, 1));
          expect(work.piece).toBe(before);
          return before;
        }),
      ),
    );
    expect(a).not.toBe(b);
    expect(() => work.piece).toThrow(TypeError);
  });
});

describe('places', () => {
  it('are so many, and go to those who wait in the order in which they came', async () => {
    const places = new Places({ places: 2 });
    const leave = await places.enter(somebody);
    await places.enter(somebody);
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (number) => {
      const out = await places.enter(somebody);
      order.push(number);
      return out;
    });
    expect(places.waiting).toBe(3);
    leave();
    const first = await waiting[0];
    expect(order).toEqual([1]);
    first?.();
    (await waiting[1])?.();
    await waiting[2];
    expect(order).toEqual([1, 2, 3]);
  });

  it('are waited for by no more than so many, but for the patient', async () => {
    const places = new Places({ places: 1, waiting: 1 });
    const leave = await places.enter(somebody);
    const second = places.enter(somebody);
    await expect(places.enter(somebody)).rejects.toThrow(InferenceBusyError);
    const patient = places.enter({ ...somebody, isPatient: true });
    leave();
    (await second)();
    await patient;
    // Nobody waits now, so that one may again.
    const next = places.enter(somebody);
    (await patient)();
    await next;
  });

  it('are not kept for clients that have gone', async () => {
    const places = new Places({ places: 1, waiting: 1 });
    const leave = await places.enter(somebody);
    const client = new AbortController();
    const leaving = places.enter({ ...somebody, signal: client.signal });
    client.abort();
    await expect(leaving).rejects.toThrow(ClientGoneError);
    await expect(places.enter({ ...somebody, signal: client.signal })).rejects.toThrow(
      ClientGoneError,
    );
    const next = places.enter(somebody);
    leave();
    await next;
  });
});
