/** What was seen in pictures of upright people, of things, and in single pictures. Pure. */
import path from 'node:path';
import { fractionText, namesOf, table } from './markdown.ts';
import { apart } from './placement.ts';
import { ROLL_TOLERANCE } from './rates.ts';
import type { LookedAt } from './tasks.ts';

/** Every face in these pictures is upright; for each set and size, how many are read otherwise. */
export function uprightTable(looks: readonly LookedAt[]): string {
  const keyOf = ({ task: { set, scale } }: LookedAt) => `${set} ${scale}`;
  const rows = [...new Set(looks.map(keyOf))].map((key) => {
    const its = looks.filter((look) => keyOf(look) === key);
    const { set, scale } = its[0]!.task;
    const faces = its.flatMap(({ task, result }) =>
      result.faces.map((face) => ({ ...face, file: path.basename(task.file) })),
    );
    const off = faces.filter(({ roll }) => apart(roll, 0) > ROLL_TOLERANCE);
    return [
      set,
      fractionText(scale),
      its.length,
      its.filter(({ result }) => result.faces.length === 0).length,
      faces.length,
      off.length,
      namesOf(
        off.map(
          ({ file, roll, shortSide }) =>
            `${file} (${Math.round(roll)}, ${Math.round(shortSide)} px)`,
        ),
      ),
    ];
  });
  const off = `Roll off > ${ROLL_TOLERANCE}`;
  return table(['pictures of', 'size', 'pictures', 'without a face', 'faces', off, 'which'], rows);
}

/** None of these pictures shows a face. */
export function thingsTable(looks: readonly LookedAt[]): string {
  const rows = looks.map(({ task, result: { faces } }) => [
    path.basename(task.file),
    faces.length,
    faces.map(({ confidence }) => confidence.toFixed(1)).join(', '),
    faces.filter(({ auto }) => auto).length,
  ]);
  const sum = (column: 1 | 3) => rows.reduce((total, row) => total + Number(row[column]), 0);
  return table(
    ['picture', 'detections', 'Confidence', 'pass AUTO'],
    [...rows, ['all', sum(1), '', sum(3)]],
  );
}

export function fieldTable(looks: readonly LookedAt[]): string {
  const rows = looks.map(({ task, result: { faces, refused } }) => [
    path.basename(task.file),
    refused ?? 'taken',
    faces.length,
    faces.map(({ roll }) => `${Math.round(roll)}`).join(', '),
    faces.filter(({ auto }) => auto).length,
  ]);
  return table(['picture', 'bytes', 'faces', 'Roll', 'pass AUTO'], rows);
}
