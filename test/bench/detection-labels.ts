/**
 * A folder of hand-checked pictures: `images/` and `labels.json`, which gives for each file a category,
 * its size and the boxes (x, y, width, height in pixels) of its faces and of what counts neither way.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** x, y, width, height in pixels. */
export type Rectangle = readonly [number, number, number, number];

export interface LabelledPicture {
  readonly file: string;
  readonly category: string;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly Rectangle[];
  readonly ignored: readonly Rectangle[];
}

interface Label {
  readonly cat: string;
  readonly w: number;
  readonly h: number;
  readonly faces: readonly Rectangle[];
  readonly ignore: readonly Rectangle[];
}

export function readLabels(folder: string): LabelledPicture[] {
  const labels: Record<string, Label> = JSON.parse(
    readFileSync(path.join(folder, 'labels.json'), 'utf8'),
  );
  return Object.entries(labels).map(([file, { cat, w, h, faces, ignore }]) => ({
    file,
    category: cat,
    width: w,
    height: h,
    faces,
    ignored: ignore,
  }));
}

/** The labels of a picture after quarter turns clockwise. */
export function turned(picture: LabelledPicture, turns: number): LabelledPicture {
  if (turns === 0) return picture;
  const turn = ([x, y, w, h]: Rectangle): Rectangle => [picture.height - y - h, x, h, w];
  const once = {
    ...picture,
    width: picture.height,
    height: picture.width,
    faces: picture.faces.map(turn),
    ignored: picture.ignored.map(turn),
  };
  return turned(once, turns - 1);
}
