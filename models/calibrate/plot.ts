/**
 * A calibration as a picture (SVG): how often strangers and photographs of one person reach each cosine, on a
 * logarithmic axis, what was measured as lines, what the fit adds beyond as dashes, and the scale of
 * similarities along the top.
 */
import type { Calibration } from '../../layers/inference/index.ts';
import { tailRate } from './calibrate.ts';
import type { Scores } from './scores.ts';

const [WIDTH, HEIGHT] = [860, 520];
const FRAME = { left: 70, right: 20, top: 60, bottom: 50 } as const;
const [FROM, TO] = [-0.4, 1];
const DECADES = 8;
const MARKED = [20, 40, 60, 80, 99, 99.9] as const;

export function plot(
  title: string,
  scores: Scores,
  calibration: Calibration,
  cosineOf: (similarity: number) => number,
): string {
  const steps = Array.from({ length: 281 }, (_, i) => FROM + ((TO - FROM) * i) / 280);
  const tail = { ...calibration.tail, rate: calibration.measuredTo };
  const measured = steps
    .filter((cosine) => cosine <= tail.from)
    .map((cosine) => at(cosine, scores.rateAt(cosine)));
  const beyond = steps
    .filter((cosine) => cosine >= tail.from)
    .map((cosine) => at(cosine, tailRate(tail, cosine)));
  const counted = steps
    .filter((cosine) => cosine >= tail.from && scores.rateAt(cosine) > 0)
    .map((cosine) => at(cosine, scores.rateAt(cosine)));
  const genuine = steps.map((cosine) => at(cosine, 1 - scores.trueRateAt(cosine)));
  const found = steps.map((cosine) => at(cosine, scores.trueRateAt(cosine)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}: what similarities mean</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${FRAME.left}" y="20" font-size="15">${escaped(title)}</text>`,
    `<text x="${FRAME.left}" y="38" fill="#555">${escaped(subtitle(calibration))}</text>`,
    ...axes(),
    ...MARKED.flatMap((similarity) => mark(similarity, cosineOf(similarity))),
    line(found, '#1a7f37'),
    line(genuine, '#1a7f37', '2 3'),
    line(measured, '#b42318'),
    line(counted, '#b42318', '1 2'),
    line(beyond, '#b42318', '7 5'),
    ...legend([
      ['#b42318', '', 'strangers who reach the cosine, counted'],
      ['#b42318', '7 5', 'the same beyond what was measured: generalised Pareto fit'],
      ['#b42318', '1 2', 'too few pairs there to count, shown for comparison'],
      ['#1a7f37', '', 'photographs of one person that reach it'],
      ['#1a7f37', '2 3', 'photographs of one person that do not'],
    ]),
    '</svg>\n',
  ].join('\n');
}

function subtitle({ source, photographs, people, strangerPairs }: Calibration): string {
  const count = (value: number) => value.toLocaleString('en');
  return `${source}: ${count(photographs)} photographs of ${count(people)} people, ${count(strangerPairs)} pairs of strangers`;
}

type Point = readonly [number, number];

function at(cosine: number, rate: number): Point {
  const decades = Math.min(DECADES, -Math.log10(Math.max(rate, 10 ** -DECADES)));
  return [x(cosine), y(decades)];
}

const x = (cosine: number) =>
  FRAME.left + ((cosine - FROM) / (TO - FROM)) * (WIDTH - FRAME.left - FRAME.right);
const y = (decades: number) =>
  FRAME.top + (decades / DECADES) * (HEIGHT - FRAME.top - FRAME.bottom);

function line(points: readonly Point[], colour: string, dashes = ''): string {
  const path = points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ');
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}"/>`;
}

function axes(): string[] {
  const rates = Array.from({ length: DECADES + 1 }, (_, i) => i);
  const cosines = Array.from({ length: 8 }, (_, i) => FROM + 0.2 * i);
  return [
    ...rates.map(
      (decade) =>
        `<path d="M${FRAME.left} ${y(decade)}H${WIDTH - FRAME.right}" stroke="#eee"/><text x="${FRAME.left - 8}" y="${y(decade) + 4}" text-anchor="end" fill="#555">${decade === 0 ? '1' : `1e-${decade}`}</text>`,
    ),
    ...cosines.map(
      (cosine) =>
        `<text x="${x(cosine).toFixed(1)}" y="${HEIGHT - FRAME.bottom + 18}" text-anchor="middle" fill="#555">${cosine.toFixed(1)}</text>`,
    ),
    `<text x="${x(0.3)}" y="${HEIGHT - 10}" text-anchor="middle" fill="#555">cosine of two vectors</text>`,
  ];
}

function mark(similarity: number, cosine: number): string[] {
  if (cosine < FROM || cosine > TO) return [];
  return [
    `<path d="M${x(cosine).toFixed(1)} ${FRAME.top}V${HEIGHT - FRAME.bottom}" stroke="#98a2b3" stroke-dasharray="3 3"/>`,
    `<text x="${x(cosine).toFixed(1)}" y="${FRAME.top - 6}" text-anchor="middle" fill="#344054">${similarity}</text>`,
  ];
}

function legend(entries: readonly (readonly [string, string, string])[]): string[] {
  return entries.map(([colour, dashes, text], i) => {
    const top = HEIGHT - FRAME.bottom - 96 + i * 18;
    return `<path d="M${FRAME.left + 10} ${top}h30" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes}"/><text x="${FRAME.left + 48}" y="${top + 4}" fill="#344054">${escaped(text)}</text>`;
  });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
