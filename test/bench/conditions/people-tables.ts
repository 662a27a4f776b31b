/** The table of conditions. Pure. */
import type { Condition } from './catalogue.ts';
import { cosineText, percent, percentOfFew, type Row, rate, table } from './markdown.ts';
import { pooled, type Rates, ROLL_TOLERANCE, ratesOf, type Subject } from './rates.ts';

export interface Threshold {
  readonly name: string;
  readonly cosine: number;
}

/**
 * @param sets of thresholds: each gets a table of its own.
 */
export function peopleTables(
  subjects: readonly Subject[],
  conditions: readonly Condition[],
  sets: readonly (readonly Threshold[])[],
): string {
  const thresholds = sets.flat();
  const cosines = thresholds.map(({ cosine }) => cosine);
  const rates = conditions.map(({ group, name }) => ({
    group,
    name,
    ...ratesOf(subjects, name, cosines),
  }));
  const [first, ...others] = rates.filter(({ group }) => group === 'roll');
  if (first && others.length > 0) {
    const together = { group: 'roll', name: 'roll, all together', ...pooled([first, ...others]) };
    rates.splice(rates.indexOf(others.at(-1)!) + 1, 0, together);
  }
  let from = 0;
  const tables = sets.map((set) => {
    const matches = (one: Rates) => one.matches.slice(from, from + set.length);
    const text = table(
      header(set),
      rates.map((one) => row(one.name, one, matches(one))),
    );
    from += set.length;
    return `${caption(set)}\n\n${text}`;
  });
  return tables.join('\n\n');
}

/** For each condition in which there are any, who was not found and whose roll was read wrongly. */
export function failures(subjects: readonly Subject[], conditions: readonly Condition[]): string {
  const rows = conditions.map(({ name }) => {
    const missed = subjects.filter(({ sights }) => !sights.has(name));
    const off = subjects.filter(
      ({ sights }) => (sights.get(name)?.rollError ?? 0) > ROLL_TOLERANCE,
    );
    const names = (people: readonly Subject[]) => people.map(({ person }) => person).join(', ');
    return [name, names(missed), names(off)] as const;
  });
  const failed = rows.filter(([, missed, off]) => missed || off);
  return table(['condition', 'not found', `Roll off > ${ROLL_TOLERANCE}`], failed);
}

function caption(set: readonly Threshold[]): string {
  return set
    .map(({ name, cosine }) =>
      name === cosineText(cosine) ? `cosine ${name}` : `${name}: cosine ${cosineText(cosine)}`,
    )
    .join(', ');
}

function header(set: readonly Threshold[]): Row {
  const each = (what: string) => set.map(({ name }) => `${what} ${name}`);
  return [
    'condition',
    'found',
    'AUTO',
    `Roll off > ${ROLL_TOLERANCE}`,
    ...each('TAR'),
    ...each('FMR'),
    ...each('AUTO: TAR'),
    ...each('AUTO: FMR'),
  ];
}

function row(name: string, { found, auto, rollOff }: Rates, matches: Rates['matches']): Row {
  return [
    name,
    percent(found),
    percent(auto),
    percentOfFew(rollOff),
    ...matches.map(({ tar }) => percent(tar)),
    ...matches.map(({ fmr }) => rate(fmr)),
    ...matches.map(({ tarAuto }) => percent(tarAuto)),
    ...matches.map(({ fmrAuto }) => rate(fmrAuto)),
  ];
}
