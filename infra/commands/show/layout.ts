/** Where the text of each face goes, so that it covers neither another face nor another text. */

/** In pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rectangle extends Size {
  readonly x: number;
  readonly y: number;
}

/** Between a box and its text. */
const GAP = 4;

/**
 * @param boxes of the faces, the most important first.
 * @param texts how much room the text of each needs, in the same order.
 * @returns where each text goes: right of its box, left, below, above, else over its own box where that is at
 * least twice as high; `undefined` where there is no room
 */
export function placeTexts(
  boxes: readonly Rectangle[],
  texts: readonly Size[],
  picture: Size,
): (Rectangle | undefined)[] {
  const placed: Rectangle[] = [];
  return boxes.map((box, i) => {
    const text = texts[i] ?? { width: 0, height: 0 };
    const others = [...boxes.filter((other) => other !== box), ...placed];
    const place = candidates(box, text).find(
      (candidate) =>
        isInside(candidate, picture) && !others.some((other) => overlap(candidate, other)),
    );
    if (place !== undefined) placed.push(place);
    return place;
  });
}

function candidates(box: Rectangle, text: Size): Rectangle[] {
  const { x, y, width, height } = box;
  return [
    { ...text, x: x + width + GAP, y },
    { ...text, x: x - text.width - GAP, y },
    { ...text, x, y: y + height + GAP },
    { ...text, x, y: y - text.height - GAP },
    ...(height >= 2 * text.height ? [{ ...text, x: x + GAP, y: y + GAP }] : []),
  ];
}

function isInside({ x, y, width, height }: Rectangle, picture: Size): boolean {
  return x >= 0 && y >= 0 && x + width <= picture.width && y + height <= picture.height;
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
