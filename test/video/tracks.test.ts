/** Who is who, with vectors whose likeness is known. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSeen, encodeSeen } from '../../functions/video/seen.ts';
import { type TrackedFace, Tracker } from '../../layers/video/index.ts';

const LIKENESS = { same: 0.5, other: 0.15 };

/** Of unit length: an axis for each person, a little off it. */
function vector(person: number, off = 0): Float32Array {
  const made = new Float32Array(16);
  made[person] = Math.cos(off);
  made[15] = Math.sin(off);
  return made;
}

const face = (person: number, left: number, more: Partial<TrackedFace> = {}): TrackedFace => ({
  box: { left, top: 0.4, width: 0.1, height: 0.1 },
  vector: vector(person),
  trust: 50,
  ...more,
});

/** @returns of each face of each picture its person */
function persons(pictures: readonly (readonly [timestamp: number, faces: TrackedFace[]])[]) {
  const tracker = new Tracker(LIKENESS);
  const tracks = pictures.map(([timestamp, faces]) => tracker.add(timestamp, faces));
  const { ofTrack } = tracker.persons();
  return tracks.map((numbers) => numbers.map((number) => ofTrack[number]));
}

describe('persons', () => {
  it('are told apart where they cross', () => {
    const pictures = Array.from({ length: 11 }, (_, i): [number, TrackedFace[]] => [
      i * 200,
      [face(0, i / 10), face(1, 1 - i / 10)],
    ]);
    expect(persons(pictures)).toEqual(pictures.map(() => [0, 1]));
  });

  it('are the same when they come back, wherever', () => {
    expect(
      persons([
        [0, [face(3, 0.1)]],
        [200, [face(3, 0.1)]],
        [10_000, [face(5, 0.1)]],
        [60_000, [face(3, 0.8, { vector: vector(3, 0.6) })]],
      ]),
    ).toEqual([[0], [0], [1], [0]]);
  });

  it('are two where they are seen together, however alike', () => {
    expect(
      persons([
        [0, [face(0, 0.1), face(0, 0.7)]],
        [200, [face(0, 0.1), face(0, 0.7)]],
      ]),
    ).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it('stay who they are while their faces cannot be read', () => {
    const blurred = { vector: vector(9), trust: 0 };
    expect(
      persons([
        [0, [face(0, 0.1)]],
        [200, [face(0, 0.11, blurred)]],
        [400, [face(0, 0.12)]],
      ]),
    ).toEqual([[0], [0], [0]]);
  });

  it('who cannot be read are nobody else', () => {
    const blurred = { vector: vector(0), trust: 0 };
    expect(
      persons([
        [0, [face(0, 0.1)]],
        [5000, [face(0, 0.8, blurred)]],
      ]),
    ).toEqual([[0], [1]]);
  });

  it('are searched for by the faces that can be read best', () => {
    const tracker = new Tracker(LIKENESS);
    for (let i = 0; i < 20; i++) {
      const best = i >= 15;
      const off = best ? 0 : 0.9;
      tracker.add(i * 200, [face(0, 0.1, { vector: vector(0, off), trust: best ? 60 : 20 })]);
    }
    const [person] = tracker.persons().persons;
    expect(person!.vector[0]).toBeCloseTo(1);
    expect(person!.isTrusted).toBe(true);
  });

  it('are counted as they appear, every one of them', () => {
    const picture = fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(picture, { maxLength: 30 }), (rows) => {
        const seen = persons(
          rows.map((row, i) => [i * 400, row.map((person) => face(person, person / 8))]),
        );
        const expected = new Map<number, number>();
        for (const row of rows) {
          for (const person of row) {
            if (!expected.has(person)) expected.set(person, expected.size);
          }
        }
        expect(seen).toEqual(rows.map((row) => row.map((person) => expected.get(person))));
      }),
    );
  });
});

describe('what another face model makes of faces', () => {
  it('tells of a person by the best faces too, and says nothing of who is who', () => {
    const tracker = new Tracker(LIKENESS);
    const other = (at: number) => Float32Array.from({ length: 4 }, (_, i) => Number(i === at));
    tracker.add(0, [face(0, 0.1, { other: other(0) }), face(1, 0.7, { other: other(3) })]);
    tracker.add(200, [face(0, 0.1, { other: other(1) }), face(1, 0.7, { other: other(3) })]);
    // One that cannot be trusted counts as little as its vector does.
    tracker.add(400, [face(0, 0.1, { other: other(2), trust: 0 })]);
    const [first, second] = tracker.persons().persons;
    const half = Math.fround(Math.SQRT1_2);
    expect([...first!.other!]).toEqual([half, half, 0, 0].map((each) => expect.closeTo(each, 6)));
    expect(second!.other).toEqual(other(3));
  });

  it('is kept with a face that was seen', () => {
    const detail = { Confidence: 99 };
    const identity = { vector: vector(1), trust: 20, other: Float32Array.of(0.6, 0.8) };
    const seen = { timestamp: 40, detail, identity };
    expect(decodeSeen(encodeSeen(seen))).toEqual(seen);
    const alone = { timestamp: 40, detail, identity: { vector: vector(1), trust: 20 } };
    expect(decodeSeen(encodeSeen(alone))).toEqual(alone);
  });
});
