/**
 * The policy of an upload form: what whoever signed it allows a form to say. Pure.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
import { S3Error } from '../errors.ts';
import type { Field } from './multipart.ts';

export interface Policy {
  /** Milliseconds since the epoch; the policy holds until then. */
  readonly expiration: number;
  readonly conditions: readonly Condition[];
}

export type Condition = Match | SizeRange;

export interface Match {
  readonly operator: 'eq' | 'starts-with';
  /** As written: `$` and the name of a field, in any case. */
  readonly field: string;
  readonly value: string;
}

/** Bytes of the file, both ends included. */
export interface SizeRange {
  readonly operator: 'content-length-range';
  readonly least: number | string;
  readonly most: number | string;
}

const EXPIRATION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

/** Fields that no condition has to name, beside those that begin with `x-ignore-`. */
const EXEMPT = new Set(['policy', 'x-amz-signature', 'signature', 'awsaccesskeyid']);

/** @throws S3Error InvalidPolicyDocument */
export function parsePolicy(base64: string): Policy {
  if (!BASE64.test(base64)) throw invalid('invalid Base64 encoding.');
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
  } catch (cause) {
    throw invalid('Invalid JSON.', cause);
  }
  if (!isObject(document)) throw invalid('Invalid JSON.');
  const { expiration, conditions, ...others } = document;
  const [other] = Object.keys(others);
  if (other !== undefined) throw invalid(`Unexpected: '${other.toLowerCase()}'`);
  if (expiration === undefined) throw invalid('Policy missing expiration.');
  if (typeof expiration !== 'string') throw invalid('Invalid JSON.');
  const instant = EXPIRATION.test(expiration) ? Date.parse(expiration) : Number.NaN;
  if (Number.isNaN(instant)) throw invalid(`Invalid 'expiration' value: '${expiration}'`);
  if (conditions === undefined) throw invalid('Policy missing conditions.');
  if (!Array.isArray(conditions)) throw invalid("Invalid 'conditions' value: must be a List.");
  return { expiration: instant, conditions: conditions.map(parseCondition) };
}

/**
 * Whether the form may say what it says. `fields` by lower-case name; `bucket` is the one that it was sent to.
 * @returns how many bytes the file may have, both ends included
 * @throws S3Error AccessDenied
 */
export function applyPolicy(
  { expiration, conditions }: Policy,
  { fields, bucket, now }: Submission,
): { readonly least: number; readonly most: number } {
  if (now.getTime() > expiration) throw denied('Policy expired.');
  const covered = new Set<string>();
  let least = 0;
  let most = Number.POSITIVE_INFINITY;
  for (const condition of conditions) {
    if (condition.operator === 'content-length-range') {
      const range = [Number(condition.least), Number(condition.most)] as const;
      if (range.some(Number.isNaN)) throw failed(condition);
      least = Math.max(least, range[0]);
      most = Math.min(most, range[1]);
    } else {
      const name = condition.field.slice(1).toLowerCase();
      const value = name === 'bucket' ? bucket : fields.get(name)?.value;
      if (!condition.field.startsWith('$') || !holds(condition, name, value)) {
        throw failed(condition);
      }
      covered.add(name);
    }
  }
  const extra = [...fields]
    .filter(([key]) => !covered.has(key) && !EXEMPT.has(key) && !key.startsWith('x-ignore-'))
    .map(([, { name }]) => name);
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
  return { least, most };
}

export interface Submission {
  readonly fields: ReadonlyMap<string, Field>;
  readonly bucket: string;
  readonly now: Date;
}

/** A field that is not there meets no condition, not even that it begins with nothing. */
function holds(condition: Match, name: string, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (condition.operator === 'eq') return value === condition.value;
  // Each of several types has to meet it; elsewhere a comma is a comma.
  const values = name === 'content-type' ? value.split(/,\s*/) : [value];
  return values.every((each) => each.startsWith(condition.value));
}

function parseCondition(condition: unknown): Condition {
  if (Array.isArray(condition)) return parseList(condition);
  if (!isObject(condition)) throw invalid('Invalid condition test: must be a List or Object.');
  const [[name, value] = ['', ''], ...others] = Object.entries(condition);
  if (name === '' || others.length > 0) {
    throw invalid(
      'Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
    );
  }
  if (value === null) throw invalid('Invalid JSON.');
  if (typeof value !== 'string') {
    throw invalid('Invalid Simple-Condition: value must be a string.');
  }
  return { operator: 'eq', field: `$${name}`, value };
}

function parseList([operation, ...operands]: readonly unknown[]): Condition {
  if (operation === undefined) throw invalid('Invalid Condition: missing operation identifier.');
  const operator = String(operation).toLowerCase();
  if (operator !== 'eq' && operator !== 'starts-with' && operator !== 'content-length-range') {
    throw invalid(`Invalid Condition: unknown operation '${operation}'.`);
  }
  const [first, second] = operands;
  if (operands.length !== 2) throw invalid(`Invalid ${operator}: wrong number of arguments.`);
  if (operator === 'content-length-range') {
    if (!isBound(first) || !isBound(second)) throw invalid('Invalid JSON.');
    return { operator, least: first, most: second };
  }
  if (typeof first !== 'string' || typeof second !== 'string') throw invalid('Invalid JSON.');
  return { operator, field: first, value: second };
}

/** Text is read as a number when the policy is applied, as S3 does. */
function isBound(bound: unknown): bound is number | string {
  return typeof bound === 'string' || (Number.isSafeInteger(bound) && Number(bound) >= 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function failed(condition: Condition): S3Error {
  const items = Object.values(condition).map((item) => JSON.stringify(item));
  return denied(`Policy Condition failed: [${items.join(', ')}]`);
}

function denied(reason: string): S3Error {
  return new S3Error('AccessDenied', { message: `Invalid according to Policy: ${reason}` });
}

function invalid(reason: string, cause?: unknown): S3Error {
  return new S3Error('InvalidPolicyDocument', { message: `Invalid Policy: ${reason}`, cause });
}
