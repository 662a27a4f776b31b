/** What a key allows: which operations, on which collections. Pure. */
import { collectionArn } from '../arn.ts';
import { ServiceError } from '../errors.ts';
import type { Resource } from './resource.ts';

export interface Permissions {
  /** Names of operations, such as `IndexFaces`. */
  readonly operations: 'all' | readonly string[];
  /** Ids of collections: a pattern in which `*` stands for any characters, also none; `*` is all. */
  readonly collections: string;
}

/** Who makes a request, once that is certain. */
export interface Principal extends Permissions {
  readonly accessKeyId: string;
}

/** Where a request is served, as ARNs name it. */
interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** Whether a text may stand for collections: the characters of ids, and `*`. */
export function isPattern(text: string): boolean {
  return /^[a-zA-Z0-9_.\-*]{1,255}$/.test(text);
}

/** Whether the pattern stands for the id. Case counts, as it does in ids. Takes linear time. */
export function matchesPattern(pattern: string, id: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return id === pattern;
  if (!id.startsWith(first)) return false;
  let position = first.length;
  for (const part of parts) {
    const found = id.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return id.length - last.length >= position && id.endsWith(last);
}

/** What is asked of the operation that a request names. */
interface Called {
  readonly kind: 'api' | 'extension';
  readonly name: string;
  readonly onlyByName: boolean;
}

/** @throws ServiceError AccessDeniedException */
export function authorizeOperation(principal: Principal, operation: Called, place: Place): void {
  const { operations } = principal;
  const isAllowed =
    operations === 'all' ? !operation.onlyByName : operations.includes(operation.name);
  if (!isAllowed) throw denied(principal, operation, '*', place);
}

/**
 * Whether the key may use what a request names. An operation on all collections at once, as
 * ListCollections, needs a key for all collections, or one that names the operation.
 * @throws ServiceError AccessDeniedException
 */
export function authorizeResource(
  principal: Principal,
  operation: Called,
  resource: Resource,
  place: Place,
): void {
  const { collections, operations } = principal;
  if (matchesEverything(collections)) return;
  switch (resource.kind) {
    case 'none':
      return;
    case 'collection':
      if (matchesPattern(collections, resource.id)) return;
      throw denied(principal, operation, collectionArn(place, resource.id), place);
    case 'all collections':
      if (operations !== 'all' && operations.includes(operation.name)) return;
      throw denied(principal, operation, collectionArn(place, '*'), place);
    case 'something else':
      throw denied(principal, operation, resource.arn, place);
  }
}

/** Whether a key with this pattern is one for all collections. */
export function matchesEverything(pattern: string): boolean {
  return /^\*+$/.test(pattern);
}

function denied(
  { accessKeyId }: Principal,
  { kind, name }: Called,
  resource: string,
  { accountId }: Place,
): ServiceError {
  const user = `arn:aws:iam::${accountId}:user/${accessKeyId}`;
  const action = `${kind === 'api' ? 'rekognition' : 'recollect'}:${name}`;
  return new ServiceError(
    'AccessDeniedException',
    `User: ${user} is not authorized to perform: ${action} on resource: ${resource}`,
  );
}
