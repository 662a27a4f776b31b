/**
 * What an audit trail says of a request: what it named and what it was answered, by ids and similarities. Never
 * an image, a vector, a box or an attribute: nothing by which a face could be known again. Pure.
 */
import type { AuditEntry, Returned } from '../../layers/audit/index.ts';
import type { RequestRecord } from '../../layers/protocol/index.ts';

/** Members of inputs that name whom or what a request is about. */
const NAMING = [
  'FaceId',
  'FaceIds',
  'UserId',
  'ExternalImageId',
  'FaceMatchThreshold',
  'UserMatchThreshold',
  'SimilarityThreshold',
  'Action',
  'FaceModelVersion',
] as const;

/** Of one line; an item of DynamoDB holds 400 KB. */
const RETURNED_PER_LINE = 2000;

/** One entry, or several where an answer has more than fits into one. */
export function auditEntries(
  { requestId, keyId, operation, collection, status, errorName, input, output }: RequestRecord,
  now: Date,
): AuditEntry[] {
  const returned = output === undefined || isListing(operation, input) ? [] : returnedIn(output);
  const parts = Math.max(1, Math.ceil(returned.length / RETURNED_PER_LINE));
  const named = input === undefined ? {} : namedIn(input);
  return Array.from({ length: parts }, (_, part): AuditEntry => {
    const start = part * RETURNED_PER_LINE;
    const some = returned.slice(start, start + RETURNED_PER_LINE);
    return {
      Time: now.toISOString(),
      RequestId: requestId,
      AccessKeyId: keyId,
      Operation: operation,
      CollectionId: collection,
      Status: status,
      Error: errorName,
      Named: Object.keys(named).length === 0 ? undefined : named,
      Returned: some.length === 0 ? undefined : some,
      ...(parts > 1 && { Part: part + 1, Parts: parts }),
    };
  });
}

/** What lists everything says nothing of whom somebody looked for. */
function isListing(operation: string, input: object | undefined): boolean {
  const isList = input !== undefined && 'Action' in input && input.Action === 'LIST';
  return isList || /^(List|Describe|Export|Read)/.test(operation);
}

function namedIn(input: object): Record<string, string | readonly string[]> {
  const given = new Map(Object.entries(input));
  return Object.fromEntries(
    NAMING.flatMap((name): [string, string | readonly string[]][] => {
      const value: unknown = given.get(name);
      if (value === undefined) return [];
      return [[name, Array.isArray(value) ? value.map(String) : String(value)]];
    }),
  );
}

/** Every face and user of an answer, with the similarity that was said of it, in the order of the answer. */
function returnedIn(answer: unknown): Returned[] {
  if (Array.isArray(answer)) {
    return answer.flatMap((item) => (isFaceId(item) ? [{ FaceId: item }] : returnedIn(item)));
  }
  if (!isStructure(answer)) return [];
  const { Similarity, Face, User, FaceId, UserId } = answer;
  if (isStructure(Face) || isStructure(User)) {
    const similarity = typeof Similarity === 'number' ? { Similarity } : {};
    return [...returnedIn(Face), ...returnedIn(User)].map((one) => ({ ...one, ...similarity }));
  }
  if (typeof FaceId === 'string')
    return [{ FaceId, ...(typeof UserId === 'string' && { UserId }) }];
  if (typeof UserId === 'string') return [{ UserId }];
  return Object.values(answer).flatMap(returnedIn);
}

function isFaceId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}

function isStructure(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  );
}
