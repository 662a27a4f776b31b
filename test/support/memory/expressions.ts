/**
 * The part of DynamoDB's expression language that the records use. Anything else is an error, so that a
 * new expression is noticed here and not misunderstood.
 */
import type { Fields } from '../faults.ts';

export interface Operands {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Fields>;
}

/** Whether a condition holds: comparisons and existence, joined by either AND or OR. */
export function holds(condition: string, item: Fields | undefined, operands: Operands): boolean {
  if (condition.includes(' OR '))
    return condition.split(' OR ').some((part) => holds(part, item, operands));
  return condition.split(' AND ').every((part) => holdsOne(part.trim(), item, operands));
}

function holdsOne(condition: string, item: Fields | undefined, operands: Operands): boolean {
  const [, negation, existing] = /^attribute_(not_)?exists\((\S+)\)$/.exec(condition) ?? [];
  if (existing !== undefined)
    return (item?.[attribute(existing, operands)] === undefined) === (negation !== undefined);
  const [, name, operator, value] = /^(\S+) (=|<>|<=) (:\w+)$/.exec(condition) ?? [];
  if (name === undefined || value === undefined) throw unknown(condition);
  const stored = item?.[attribute(name, operands)];
  const given = operands.values[value];
  if (operator === '<>') return stored !== given;
  if (stored === undefined || given === undefined) return false;
  return operator === '=' ? stored === given : Number(stored) <= Number(given);
}

/** The item after an update: clauses of SET, REMOVE and ADD, each of attributes that are given whole. */
export function updated(expression: string, item: Fields, operands: Operands): Fields {
  const clauses = expression.split(/ (?=(?:SET|REMOVE|ADD) )/);
  const actions = clauses.flatMap((clause) => {
    const [verb = '', ...rest] = clause.split(' ');
    return rest
      .join(' ')
      .split(', ')
      .map((action) => `${verb} ${action}`);
  });
  return actions.reduce((changed, action) => updatedOnce(action, changed, operands), item);
}

function updatedOnce(expression: string, item: Fields, operands: Operands): Fields {
  const [, verb, name = '', value = ''] =
    /^(SET|REMOVE|ADD) (\S+)(?: (?:= )?(:\w+))?$/.exec(expression) ?? [];
  const key = attribute(name, operands);
  const { [key]: before, ...others } = item;
  if (verb === 'REMOVE') return others;
  if (verb === 'SET') return { ...item, [key]: operands.values[value] };
  if (verb === 'ADD')
    return { ...item, [key]: Number(before ?? 0) + Number(operands.values[value]) };
  throw unknown(expression);
}

/** The attributes of a projection; all of them without one. */
export function projected(item: Fields, projection: unknown, operands: Operands): Fields {
  if (projection === undefined) return item;
  const attributes = String(projection)
    .split(', ')
    .map((name) => attribute(name, operands));
  return Object.fromEntries(
    attributes.filter((key) => item[key] !== undefined).map((key) => [key, item[key]]),
  );
}

function attribute(name: string, { names }: Operands): string {
  return names[name] ?? name;
}

function unknown(expression: string): Error {
  return new RangeError(`The database in memory does not know the expression "${expression}".`);
}
