/** From a data folder to what was seen of it, with the workers and the models themselves. */

import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noFace, OTHERS, portrait, SAME_MAN } from '../../support/photos.ts';
import { cosine } from '../verification.ts';
import { conditionGroups, GROUPS, personTasks, pictureTasks } from './plan.ts';
import { performAll } from './pool.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'conditions-'));
  const put = async (file: string, bytes: Uint8Array) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), bytes);
  };
  const jpeg = async (cell: readonly [number, number]) =>
    sharp(await portrait(cell))
      .jpeg()
      .toBuffer();
  await put('lfw-half/images/Ada_0001.jpg', await jpeg(OTHERS[0]));
  await put('lfw-half/images/Bob_0001.jpg', await jpeg(SAME_MAN[0]));
  await put('lfw-half/images/Bob_0002.jpg', await jpeg(SAME_MAN[1]));
  await put('lfw-half/images/Eve_0001.jpg', await jpeg(OTHERS[1]));
  await put('lfw-half/images/Eve_0002.jpg', await jpeg(OTHERS[2]));
  await put('lfw-half/label-errors.txt', Buffer.from('Eve\tAda\n'));
  await put('portraits-half/labels.csv', Buffer.from('image,person,kind\na.jpg,bob,selfie\n'));
  await put('portraits-half/images/a.jpg', await jpeg(SAME_MAN[2]));
  await put('non-faces-half/images/hills.jpg', await noFace());
  await put('field/images/broken.png', Buffer.from('no picture'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('the plan', () => {
  test('takes people with two photographs whose names are right', () => {
    const tasks = personTasks(folder, ['mask'], 10);
    expect(tasks.map(({ person }) => person)).toEqual(['Bob']);
    expect(path.basename(tasks[0]!.enrolled)).toBe('Bob_0001.jpg');
    expect(path.basename(tasks[0]!.changed)).toBe('Bob_0002.jpg');
    expect(personTasks(folder, [], 10)).toEqual([]);
  });

  test('takes what is asked for, and without a wish all but the longest', () => {
    const sets = (only: string[]) =>
      pictureTasks(folder, only).map(({ set, scale }) => [set, scale]);
    const portraits = [0.25, 0.5, 1, 2].map((scale) => ['portraits', scale]);
    expect(sets([])).toEqual([...portraits, ['things', 1], ['field', 1]]);
    expect(sets(['things'])).toEqual([['things', 1]]);
    expect(sets(['mask'])).toEqual([]);
    expect(sets(['upright'])).toHaveLength(4 * 5);
    expect(pictureTasks(folder, ['portraits'])[0]?.person).toBe('bob');
    expect(conditionGroups(['mask', 'portraits'])).toEqual(['mask']);
    for (const group of conditionGroups([])) expect(GROUPS).toContain(group);
  });
});

test('workers look at everything and answer in the order they were asked', async () => {
  const people = personTasks(folder, ['mirror'], 10);
  const tasks = [...pictureTasks(folder, ['things', 'field']), ...people];
  const counts: number[] = [];
  const outcomes = await performAll(tasks, 2, new AbortController().signal, (done) => {
    counts.push(done);
  });
  expect(counts).toEqual([1, 2, 3]);
  const [things, field, person] = outcomes.map((outcome) => outcome?.result);
  expect(things).toEqual({ faces: [], refused: undefined });
  expect(field).toEqual({ faces: [], refused: 'ImageFormatError' });
  const subject = person && 'subject' in person ? person.subject : undefined;
  expect([...(subject?.sights.keys() ?? [])]).toEqual(['as it is', 'mirrored']);
  const mirror = subject?.sights.get('mirrored');
  expect(mirror?.rollError).toBeLessThan(10);
  expect(cosine(mirror?.vector, subject?.enrolled)).toBeGreaterThan(0.5);
}, 60_000);

test('a run that is stopped leaves out what was not done', async () => {
  const stopped = new AbortController();
  stopped.abort();
  const tasks = pictureTasks(folder, ['things']);
  expect(await performAll(tasks, 2, stopped.signal, () => {})).toEqual([undefined]);
});

test('a photograph that cannot be read is named', async () => {
  const [task] = personTasks(folder, ['mask'], 10);
  const missing = { ...task!, changed: path.join(folder, 'gone.jpg') };
  await expect(performAll([missing], 1, new AbortController().signal, () => {})).rejects.toThrow(
    /gone\.jpg: .*no such file/,
  );
}, 60_000);
