/**
 * What is drawn over a photograph, as SVG: each face's box, its landmarks, the axes of its head (red to the
 * right of the face, green up, blue ahead), the direction of its eyes (yellow), its number, and its attributes
 * where there is room for text.
 */
import { captions, type FaceDetail } from './captions.ts';
import { placeTexts, type Rectangle, type Size } from './layout.ts';

interface Place {
  readonly x: number;
  readonly y: number;
}

export const COLOURS = {
  box: '#00e5ff',
  landmark: '#ff3df2',
  right: '#ff3b30',
  up: '#34c759',
  ahead: '#2b7bff',
  eyes: '#ffd60a',
} as const;

const RADIANS = Math.PI / 180;

/** Height of text, and width of lines, as shares of the longer side of the picture; and the least, in pixels. */
const TEXT = { share: 1 / 85, least: 11 } as const;
const STROKE = { share: 1 / 500, least: 2 } as const;
/** Of a sans-serif letter, and of a line, in heights of the text. */
const LETTER_WIDTH = 0.56;
const LINE_HEIGHT = 1.2;

/**
 * @param size of the picture that the overlay is laid over.
 * @param text whether to write numbers and attributes, which takes a font.
 */
export function overlay(faces: readonly FaceDetail[], size: Size, text: boolean): string {
  const drawn = faces.map((face) => faceMarks(face, size)).join('\n');
  const written = text ? texts(faces, size).join('\n') : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">
${drawn}
${written}
</svg>`;
}

function faceMarks(face: FaceDetail, size: Size): string {
  const box = boxOf(face, size);
  const stroke = scaled(STROKE, size);
  const points = placesOf(face, size);
  const dots = [...points.values()].map(
    ({ x, y }) =>
      `<circle cx="${px(x)}" cy="${px(y)}" r="${px(Math.max(stroke / 2, box.width / 90))}"/>`,
  );
  return `<rect x="${px(box.x)}" y="${px(box.y)}" width="${px(box.width)}" height="${px(box.height)}" fill="none" stroke="${COLOURS.box}" stroke-width="${px(stroke)}"/>
<g fill="${COLOURS.landmark}">${dots.join('')}</g>
<g stroke-width="${px(stroke)}" stroke-linecap="round">${axes(face, points, box.width / 2)}${gazes(face, points, box.width / 2.5)}</g>`;
}

/** From the tip of the nose: where the unit vectors of the head point, in the plane of the picture. */
function axes({ Pose }: FaceDetail, points: ReadonlyMap<string, Place>, length: number): string {
  const nose = points.get('nose');
  if (nose === undefined || Pose === undefined) return '';
  const { Roll = 0, Yaw = 0, Pitch = 0 } = Pose;
  const [y, p] = [Yaw * RADIANS, Pitch * RADIANS];
  const turned = (x: number, up: number) => rolled({ x, y: -up }, Roll, length);
  return [
    line(nose, turned(Math.cos(y), 0), COLOURS.right),
    line(nose, turned(-Math.sin(p) * Math.sin(y), Math.cos(p)), COLOURS.up),
    line(nose, turned(Math.cos(p) * Math.sin(y), Math.sin(p)), COLOURS.ahead),
  ].join('');
}

/** From each pupil: where the eyes look, in the plane of the picture. */
function gazes(face: FaceDetail, points: ReadonlyMap<string, Place>, length: number): string {
  const { EyeDirection, Pose } = face;
  if (EyeDirection === undefined || EyeDirection.Confidence === 0) return '';
  const [yaw, pitch] = [(EyeDirection.Yaw ?? 0) * RADIANS, (EyeDirection.Pitch ?? 0) * RADIANS];
  const ahead = { x: Math.sin(yaw) * Math.cos(pitch), y: -Math.sin(pitch) };
  return ['leftPupil', 'rightPupil']
    .flatMap((pupil) => points.get(pupil) ?? [])
    .map((pupil) => line(pupil, rolled(ahead, Pose?.Roll ?? 0, length), COLOURS.eyes))
    .join('');
}

/** Turned clockwise, as the head is, and made as long as told. */
function rolled({ x, y }: Place, roll: number, length: number): Place {
  const [cos, sin] = [Math.cos(roll * RADIANS), Math.sin(roll * RADIANS)];
  return { x: length * (cos * x - sin * y), y: length * (sin * x + cos * y) };
}

function line(from: Place, by: Place, colour: string): string {
  return `<line x1="${px(from.x)}" y1="${px(from.y)}" x2="${px(from.x + by.x)}" y2="${px(from.y + by.y)}" stroke="${colour}"/>`;
}

/** The number of each face, above its box or in it, and its attributes where there is room for them. */
function texts(faces: readonly FaceDetail[], size: Size): string[] {
  const height = scaled(TEXT, size);
  const lines = faces.map((face, i) => [`#${i + 1}`, ...captions(face)]);
  const room = lines.map((each) => ({
    width: Math.max(...each.map(({ length }) => length)) * height * LETTER_WIDTH,
    height: each.length * height * LINE_HEIGHT,
  }));
  const boxes = faces.map((face) => boxOf(face, size));
  const places = placeTexts(boxes, room, size);
  return lines.map((each, i) => {
    const [box, place] = [boxes[i]!, places[i]];
    if (place !== undefined) return block(each, place, height);
    return block(
      each.slice(0, 1),
      { x: box.x, y: Math.max(0, box.y - height * LINE_HEIGHT) },
      height,
    );
  });
}

function block(lines: readonly string[], { x, y }: Place, height: number): string {
  const rows = lines.map(
    (text, i) =>
      `<tspan x="${px(x)}" y="${px(y + height * (1 + LINE_HEIGHT * i))}">${escaped(text)}</tspan>`,
  );
  return `<text font-family="sans-serif" font-size="${px(height)}" fill="white" stroke="black" stroke-width="${px(height / 5)}" paint-order="stroke">${rows.join('')}</text>`;
}

function scaled({ share, least }: { readonly share: number; readonly least: number }, size: Size) {
  return Math.max(least, share * Math.max(size.width, size.height));
}

function boxOf({ BoundingBox = {} }: FaceDetail, { width, height }: Size): Rectangle {
  const { Left = 0, Top = 0, Width = 0, Height = 0 } = BoundingBox;
  return { x: Left * width, y: Top * height, width: Width * width, height: Height * height };
}

function placesOf({ Landmarks = [] }: FaceDetail, { width, height }: Size): Map<string, Place> {
  return new Map(
    Landmarks.map(({ Type = '', X = 0, Y = 0 }) => [Type, { x: X * width, y: Y * height }]),
  );
}

function px(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
