/**
 * The panel beside a photograph, as SVG: what is said of each face, by its number, and what the colours of the
 * marks mean. Words stand here and not on somebody's skin.
 */
import { type FaceDetail, inBrief } from './captions.ts';
import { COLOURS, escaped, px, type Size, textHeight } from './style.ts';

/** In heights of the text. */
const WIDTH = 27;
const MARGIN = 1.4;
const LINE = 1.45;
/** Between faces. */
const GAP = 0.9;

const LEGEND = [
  ['landmark', 'landmarks'],
  ['right', 'right of the head'],
  ['up', 'up'],
  ['ahead', 'ahead'],
  ['eyes', 'direction of the eyes'],
] as const satisfies readonly (readonly [keyof typeof COLOURS, string])[];

/** Rows of the legend, with the room above it. */
const LEGEND_ROWS = 4;

/**
 * @param picture the photograph that it stands beside, as high as it
 * @returns the SVG and its width
 */
export function panel(
  faces: readonly FaceDetail[],
  picture: Size,
): { readonly svg: string; readonly width: number } {
  const unit = textHeight(picture);
  const width = Math.round(WIDTH * unit);
  const room = picture.height / unit - 2 * MARGIN - LEGEND_ROWS * LINE;
  const { blocks, shown } = stacked(faces, room);
  const more = faces.length - shown;
  const body = blocks.map(({ number, lines, top }) => block(number, lines, top, unit)).join('\n');
  const rest = more === 0 ? '' : words(`and ${more} more`, MARGIN, room + MARGIN, unit, 'small');
  return {
    width,
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${picture.height}">
<rect width="100%" height="100%" fill="${COLOURS.panel}"/>
${body}
${rest}
${legend(picture.height / unit, unit)}
</svg>`,
  };
}

/** As many faces as there is room for, from above. */
function stacked(faces: readonly FaceDetail[], room: number) {
  const blocks: { number: number; lines: string[]; top: number }[] = [];
  let top = MARGIN;
  for (const [i, face] of faces.entries()) {
    const lines = inBrief(face);
    const height = lines.length * LINE;
    // The last line says how many there are beyond.
    const isLast = i === faces.length - 1;
    if (top - MARGIN + height + (isLast ? 0 : LINE) > room) break;
    blocks.push({ number: i + 1, lines, top });
    top += height + GAP;
  }
  return { blocks, shown: blocks.length };
}

function block(number: number, lines: readonly string[], top: number, unit: number): string {
  const plate = 1 + 0.6 * String(number).length;
  const [first = '', ...others] = lines;
  const indent = MARGIN + 2.4;
  return [
    `<rect x="${px(MARGIN * unit)}" y="${px(top * unit)}" width="${px(plate * unit)}" height="${px(1.4 * unit)}" fill="${COLOURS.box}"/>`,
    `<text x="${px((MARGIN + plate / 2) * unit)}" y="${px((top + 1.06) * unit)}" text-anchor="middle" font-family="sans-serif" font-weight="bold" font-size="${px(unit)}" fill="${COLOURS.ink}">${number}</text>`,
    words(first, indent, top, unit, 'words'),
    ...others.map((line, i) => words(line, indent, top + (i + 1) * LINE, unit, 'small')),
  ].join('\n');
}

/** At the foot of the panel, in two columns. */
function legend(height: number, unit: number): string {
  const top = height - MARGIN - (LEGEND_ROWS - 1) * LINE;
  return LEGEND.map(([colour, text], i) => {
    const [x, y] = [MARGIN + (i % 2) * 12, top + Math.floor(i / 2) * LINE];
    const line = `<line x1="${px(x * unit)}" y1="${px((y + 0.7) * unit)}" x2="${px((x + 1.2) * unit)}" y2="${px((y + 0.7) * unit)}" stroke="${COLOURS[colour]}" stroke-width="${px(unit / 4)}" stroke-linecap="round"/>`;
    return `${line}\n${words(text, x + 1.9, y, unit, 'small')}`;
  }).join('\n');
}

/** @param top of the line, like `x` in heights of the text */
function words(
  text: string,
  x: number,
  top: number,
  unit: number,
  colour: 'words' | 'small',
): string {
  return `<text x="${px(x * unit)}" y="${px((top + 1.06) * unit)}" font-family="sans-serif" font-size="${px(unit)}" fill="${COLOURS[colour]}">${escaped(text)}</text>`;
}
