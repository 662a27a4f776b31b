/** Outcomes as events. */
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../functions/uploads/outcome.ts';
import { outcomeDetail, outcomeId } from '../../functions/uploads/outcome.ts';
import { World } from './fixture.ts';

/** What EventBridge takes in one entry. */
const LARGEST_ENTRY = 256 * 1024;

async function outcomeOf(faces: number, key = 'family/a.jpg'): Promise<Outcome> {
  const world = new World();
  world.create('family');
  const text = Array.from({ length: faces }, (_, i) => `face${i}`).join(' ');
  const outcome = await world.uploads.follow(world.put(key, text));
  if (outcome === undefined) throw new Error('No outcome.');
  return outcome;
}

describe('an outcome', () => {
  it('of a hundred faces and the longest key is whole, and fits into an event', async () => {
    const outcome = await outcomeOf(100, `family/${'ü'.repeat(508)}`);
    const detail = outcomeDetail(outcome);
    expect(Buffer.byteLength(detail)).toBeLessThan(LARGEST_ENTRY);
    expect(JSON.parse(detail)).toEqual(JSON.parse(JSON.stringify(outcome)));
  });

  it('that is too large says less of each face, and that it does', async () => {
    const outcome = await outcomeOf(100);
    const largest = Math.round(Buffer.byteLength(JSON.stringify(outcome)) * 0.8);
    const detail = outcomeDetail(outcome, largest);
    expect(Buffer.byteLength(detail)).toBeLessThan(largest);
    const { Abridged, FaceRecords } = JSON.parse(detail);
    expect(Abridged).toBe(true);
    expect(FaceRecords).toHaveLength(100);
    expect(FaceRecords[7].Face).toEqual(JSON.parse(JSON.stringify(outcome.FaceRecords?.[7]?.Face)));
    expect(Object.keys(FaceRecords[7].FaceDetail)).toEqual(['BoundingBox', 'Confidence']);
  });

  it('has an id of object, version and status', () => {
    const object = { bucket: 'b', key: 'k' };
    const id = outcomeId(object, 'v', 'INDEXED');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(outcomeId({ ...object }, 'v', 'INDEXED')).toBe(id);
    const others = [
      outcomeId(object, 'w', 'INDEXED'),
      outcomeId(object, 'v', 'NO_FACES'),
      outcomeId({ bucket: 'b', key: 'l' }, 'v', 'INDEXED'),
      outcomeId({ bucket: 'c', key: 'k' }, 'v', 'INDEXED'),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });
});
