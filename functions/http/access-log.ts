/**
 * One line for each request of each door: when, which door, who, what, on what, with which result, how long,
 * how many faces. Who is the key that the request proved to have, never one that it only names. Nothing that
 * a client sent is in it but ids: of its key, and of a collection whose form is that of an id.
 */
import type { RequestLog } from '../../layers/protocol/index.ts';

export interface AccessEntry extends Omit<RequestLog, 'errorName'> {
  readonly door: 'api' | 's3' | 'sqs' | 'events';
  /** As it is called on the wire. */
  readonly errorName: string | undefined;
}

export type AccessLog = (entry: AccessEntry) => void;

/** What stands for what there is not. */
const NONE = '-';

/** @param now when the request was answered */
export function formatEntry(entry: AccessEntry, now: Date): string {
  const { door, keyId, claimedKeyId, operation, collection, status, milliseconds } = entry;
  const { faces, errorName, requestId } = entry;
  const who = keyId ?? (claimedKeyId === undefined ? NONE : `unproven:${claimedKeyId}`);
  return [
    now.toISOString(),
    door,
    who,
    operation ?? NONE,
    collection ?? NONE,
    String(status),
    `${milliseconds.toFixed(0)}ms`,
    faces === undefined ? NONE : `faces=${faces}`,
    errorName ?? NONE,
    requestId,
  ]
    .map(printable)
    .join(' ');
}

/** Control characters, and spaces that would make two fields of one, as escapes. */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
    /[\u0000-\u0020\u007f-\u00a0\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
