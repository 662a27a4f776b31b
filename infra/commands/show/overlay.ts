/**
 * What is drawn over a photograph, as SVG: each face's box with its number, its landmarks, the axes of its head
 * (red to the right of the face, green up, blue ahead), and the direction of its eyes (yellow). What is said of
 * it in words is beside the photograph: panel.ts.
 */
import type { FaceDetail } from './captions.ts';
import { COLOURS, px, type Size, textHeight } from './style.ts';

interface Rectangle extends Size {
  readonly x: number;
  readonly y: number;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const RADIANS = Math.PI / 180;

/** Width of lines: a share of the longer side of the picture, and the least, in pixels. */
const STROKE = { share: 1 / 500, least: 2 } as const;

/**
 * @param size of the picture that the overlay is laid over.
 * @param text whether to write numbers, which takes a font.
 */
export function overlay(faces: readonly FaceDetail[], size: Size, text: boolean): string {
  const drawn = faces.map((face) => faceMarks(face, size)).join('\n');
  const numbers = text ? faces.map((face, i) => numberMark(face, i + 1, size)).join('\n') : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">
${drawn}
${numbers}
</svg>`;
}

/** A number in a small plate on the upper edge of the box, above the face. */
function numberMark(face: FaceDetail, number: number, size: Size): string {
  const { x, y } = boxOf(face, size);
  const height = textHeight(size);
  const plate = { width: height * (1 + 0.6 * String(number).length), height: height * 1.4 };
  const top = Math.max(0, y - plate.height);
  return `<rect x="${px(x)}" y="${px(top)}" width="${px(plate.width)}" height="${px(plate.height)}" fill="${COLOURS.box}"/>
<text x="${px(x + plate.width / 2)}" y="${px(top + height * 1.06)}" text-anchor="middle" font-family="sans-serif" font-weight="bold" font-size="${px(height)}" fill="${COLOURS.ink}">${number}</text>`;
}

function faceMarks(face: FaceDetail, size: Size): string {
  const box = boxOf(face, size);
  const stroke = strokeWidth(size);
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

function strokeWidth({ width, height }: Size): number {
  return Math.max(STROKE.least, STROKE.share * Math.max(width, height));
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
