/** Rows of a search against the truth that made the clip. */
import type { PersonMatch } from '@aws-sdk/client-rekognition';
import { type Appearance, truthAt } from '../scenes.ts';
import { SIZE } from './cast.ts';
import type { Report } from './report.ts';

/** As the service looks at them. */
export const RATE = 5;
/** Of all appearances that the clip was made with. */
const LEAST_FOUND = 0.97;
/** Of all rows: somebody half hidden on a photograph, whom its count of faces missed, may be seen at times. */
const MOST_STRAYS = 0.01;
/** Somebody nearer than this to whom is painted after them, in widths of the latter, has their face behind it. */
const HIDDEN = 0.25;
/** A face whose centre is so far from that of a photograph, in widths of it, is not the one on it. */
const NEAR = 0.25;

export interface Searched {
  readonly cast: readonly Appearance[];
  /** Names of those in the collection. */
  readonly known: ReadonlySet<string>;
  /** Rows of a search at a threshold of 80. */
  readonly rows: readonly PersonMatch[];
  /** Of one at 99. */
  readonly strict: readonly PersonMatch[];
}

export function compare({ cast, known, rows, strict }: Searched, report: Report): void {
  const nameAt = (row: PersonMatch) => nameOf(row, cast);
  const times = Array.from({ length: SIZE.seconds * RATE }, (_, i) => i / RATE);
  const expected = times.flatMap((time) =>
    visibleAt(cast, time).map(({ who }) => `${who} ${time}`),
  );
  const found = new Set(rows.map((row) => `${nameAt(row)} ${(row.Timestamp ?? 0) / 1000}`));
  const hits = expected.filter((one) => found.has(one)).length;
  const share = hits / expected.length;
  report.check(
    share >= LEAST_FOUND,
    `${hits} of ${expected.length} appearances are found at their time and place (${(100 * share).toFixed(1)} %)`,
  );
  const strays = rows.filter((row) => nameAt(row) === undefined).length;
  report.check(
    strays <= MOST_STRAYS * rows.length,
    `${strays} of ${rows.length} rows are where nobody was put`,
  );
  const boxes = rows.map((row) => widthRatio(row, cast)).filter((ratio) => ratio !== undefined);
  const [least, most] = [Math.min(...boxes), Math.max(...boxes)];
  report.say(
    `boxes are ${least.toFixed(2)} to ${most.toFixed(2)} of the width of their photographs`,
  );

  const persons = new Map<number, Set<string | undefined>>();
  for (const row of rows) {
    const index = row.Person!.Index!;
    persons.set(index, (persons.get(index) ?? new Set()).add(nameAt(row)));
  }
  const people = new Set(cast.map(({ who }) => who));
  const swaps = [...persons.values()].filter((who) => who.size > 1).length;
  const placed = [...persons.values()].filter((who) => !who.has(undefined)).length;
  report.check(swaps === 0, `${swaps} persons are several people`);
  report.check(placed === people.size, `${placed} persons for the ${people.size} people`);
  const returning = cast.find(({ who }, i) => cast.findIndex((one) => one.who === who) < i)!.who;
  const indexes = [...persons].filter(([, who]) => who.has(returning)).map(([index]) => index);
  report.check(indexes.length === 1, `${returning}, who comes back, is person ${indexes}`);

  for (const name of people) {
    const [loose, exact] = [matchesOf(rows, name), matchesOf(strict, name)];
    const said = `${named(loose)} at 80, ${named(exact)} at 99`;
    if (known.has(name)) {
      const right = isOnly(loose, name) && loose.size === 1 && isOnly(exact, name);
      report.check(right, `${name}: ${said}`);
    } else {
      report.check(exact.size === 0, `${name}, a stranger: ${said}`);
    }
  }

  function matchesOf(all: readonly PersonMatch[], who: string): Map<string, number> {
    const matches = new Map<string, number>();
    for (const row of all) {
      if (nameAt(row) !== who) continue;
      for (const { Face, Similarity = 0 } of row.FaceMatches ?? []) {
        matches.set(Face!.ExternalImageId!, Similarity);
      }
    }
    return matches;
  }
}

const isOnly = (matches: ReadonlyMap<string, number>, name: string) =>
  [...matches.keys()].every((one) => one === name);

const named = (matches: ReadonlyMap<string, number>) =>
  [...matches].map(([name, value]) => `${name} (${value.toFixed(2)})`).join(', ') || 'nobody';

function nearest({ Timestamp = 0, Person }: PersonMatch, cast: readonly Appearance[]) {
  const { Left = 0, Width = 0, Top = 0, Height = 0 } = Person?.BoundingBox ?? {};
  const [x, y] = [Left + Width / 2, Top + Height / 2];
  const [near] = visibleAt(cast, Timestamp / 1000)
    .map((one) => ({
      ...one,
      off: Math.hypot((one.x - x) * SIZE.width, (one.y - y) * SIZE.height) / one.size,
      ratio: (Width * SIZE.width) / one.size,
    }))
    .sort((a, b) => a.off - b.off);
  return near !== undefined && near.off < NEAR ? near : undefined;
}

/** Who can be seen: those over whose face nobody was painted. */
function visibleAt(cast: readonly Appearance[], seconds: number) {
  const present = truthAt(cast, seconds);
  return present.filter((one, i) =>
    present
      .slice(i + 1)
      .every(
        ({ x, y, size }) =>
          Math.hypot((x - one.x) * SIZE.width, (y - one.y) * SIZE.height) >= HIDDEN * size,
      ),
  );
}

const nameOf = (row: PersonMatch, cast: readonly Appearance[]) => nearest(row, cast)?.who;
const widthRatio = (row: PersonMatch, cast: readonly Appearance[]) => nearest(row, cast)?.ratio;
