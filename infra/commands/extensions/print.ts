/** An answer for people: one member a line, what is inside of it indented. Pure. */

/** @param answer as JSON */
export function readable(answer: unknown): string {
  if (!isObject(answer)) return scalar(answer);
  const lines = structureLines(answer);
  return lines.length === 0 ? 'Done.' : lines.join('\n');
}

function structureLines(value: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(value).flatMap(([name, member]) => {
    if (Array.isArray(member)) return [`${name}: ${member.length}`, ...member.flatMap(itemLines)];
    if (!isObject(member)) return [`${name}: ${scalar(member)}`];
    if (isFlat(member)) return [`${name}: ${flat(member)}`];
    return [`${name}:`, ...structureLines(member).map(indented)];
  });
}

function itemLines(item: unknown): string[] {
  if (!isObject(item)) return [`  - ${scalar(item)}`];
  if (isFlat(item)) return [`  - ${flat(item)}`];
  const [first = '', ...rest] = structureLines(item);
  return [`  - ${first}`, ...rest.map((line) => `    ${line}`)];
}

/** A box is four numbers: one line reads better than five. */
function isFlat(value: Readonly<Record<string, unknown>>): boolean {
  return Object.values(value).every((inner) => typeof inner !== 'object');
}

function flat(value: Readonly<Record<string, unknown>>): string {
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${scalar(inner)}`)
    .join(', ');
}

function scalar(value: unknown): string {
  if (typeof value === 'number' && !Number.isInteger(value))
    return String(Number(value.toFixed(4)));
  return String(value);
}

const indented = (line: string) => `  ${line}`;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
