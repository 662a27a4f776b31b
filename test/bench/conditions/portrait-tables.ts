/** What was seen of several portraits each of several people, at several sizes. Pure. */
import path from 'node:path';
import type { FaceModel } from '../../../layers/inference/index.ts';
import { cosine } from '../verification.ts';
import { count, fractionText, namesOf, percent, table } from './markdown.ts';
import { apart } from './placement.ts';
import type { LookedAt, SeenFace } from './tasks.ts';

interface Portrait {
  readonly file: string;
  readonly person: string;
  /** The largest face. */
  readonly face: SeenFace | undefined;
  readonly faces: number;
}

interface Size {
  readonly name: string;
  readonly portraits: readonly Portrait[];
}

export function portraitTables(looks: readonly LookedAt[], model: FaceModel): string {
  const scales = [...new Set(looks.map(({ task }) => task.scale))].sort((a, b) => a - b);
  const sizes = scales.map((scale) => ({
    name: fractionText(scale),
    portraits: looks.filter(({ task }) => task.scale === scale).map(portraitOf),
  }));
  return `${bySize(sizes, model)}\n\n${byPerson(sizes, model)}`;
}

function portraitOf({ task, result }: LookedAt): Portrait {
  const [face] = result.faces;
  return {
    file: path.basename(task.file),
    person: task.person ?? '',
    face,
    faces: result.faces.length,
  };
}

function bySize(sizes: readonly Size[], model: FaceModel): string {
  const rows = sizes.map(({ name, portraits }) => {
    const found = portraits.filter(({ face }) => face);
    const pairs = genuinePairs(portraits).map((scores) => model.similarity(scores));
    const strays = found.filter((portrait) => bestMatch(portrait, portraits) !== portrait.person);
    const reaching = (similarity: number) =>
      percent({ part: pairs.filter((one) => one >= similarity).length, whole: pairs.length });
    return [
      name,
      count({ part: found.length, whole: portraits.length }),
      portraits.filter(({ faces }) => faces > 1).length,
      count({ part: found.filter(({ face }) => face?.auto).length, whole: found.length }),
      reaching(80),
      reaching(99),
      count({ part: found.length - strays.length, whole: found.length }),
      namesOf(strays.map(({ file }) => file)),
    ];
  });
  const header = ['size', 'found', 'more than one face', 'AUTO', 'TAR 80', 'TAR 99'];
  return table([...header, 'own person matches best', 'not so'], rows);
}

/** For each person and size the Roll that is farthest from upright, and the lowest similarity of two portraits. */
function byPerson(sizes: readonly Size[], model: FaceModel): string {
  const people = [...new Set(sizes.flatMap(({ portraits }) => portraits.map((one) => one.person)))];
  const rows = people.map((person) => [
    person,
    ...sizes.map(({ portraits }) => {
      const own = portraits.filter((portrait) => portrait.person === person);
      const rolls = own.flatMap(({ face }) => (face ? [face.roll] : []));
      const worst = rolls.toSorted((a, b) => apart(b, 0) - apart(a, 0))[0];
      const least = Math.min(...genuinePairs(own));
      const similarity = own.length > 1 ? model.similarity(least).toFixed(1) : '-';
      return `${worst === undefined ? '-' : Math.round(worst)}, ${similarity}`;
    }),
  ]);
  return table(
    ['person', ...sizes.map(({ name }) => `size ${name}: Roll, least similarity`)],
    rows,
  );
}

/** @returns the cosines of all pairs of portraits of one person; -1 where one shows no face. */
function genuinePairs(portraits: readonly Portrait[]): number[] {
  return portraits.flatMap((a, i) =>
    portraits
      .slice(i + 1)
      .filter(({ person }) => person === a.person)
      .map((b) => cosine(a.face?.vector, b.face?.vector)),
  );
}

/** @returns the person of the other portrait that is most like this one. */
function bestMatch(portrait: Portrait, portraits: readonly Portrait[]): string | undefined {
  const score = (other: Portrait) => cosine(portrait.face?.vector, other.face?.vector);
  const others = portraits.filter((other) => other !== portrait);
  return others.toSorted((a, b) => score(b) - score(a))[0]?.person;
}
