/**
 * The lines of an audit trail: JSON, chained by hashes. Each line carries the SHA-256 of the line before it in
 * its chain, so that none can be altered, removed or put in between without every later one telling. Pure.
 *
 * There are several chains, because programs that run side by side must not wait for each other. Within a chain
 * the order is certain; between chains there is only the time of each line, by the clock of who wrote it.
 */
import { createHash } from 'node:crypto';

/** What is said of one request. */
export interface AuditEntry {
  /** ISO 8601, UTC. */
  readonly Time: string;
  readonly RequestId: string;
  /** Absent where nobody is asked who they are. */
  readonly AccessKeyId?: string | undefined;
  readonly Operation: string;
  readonly CollectionId?: string | undefined;
  /** Of the answer. */
  readonly Status: number;
  readonly Error?: string | undefined;
  /** What the request named. */
  readonly Named?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** What the answer was about: ids, and how similar they were said to be. */
  readonly Returned?: readonly Returned[] | undefined;
  /** Where an answer takes several lines: which of them this is, from 1. */
  readonly Part?: number | undefined;
  readonly Parts?: number | undefined;
}

export interface Returned {
  readonly FaceId?: string;
  readonly UserId?: string;
  readonly Similarity?: number;
}

export interface AuditLine extends AuditEntry {
  readonly Chain: string;
  /** From 1, without gaps. */
  readonly Sequence: number;
  /** SHA-256 of the line before, in hexadecimal; of the first line 64 zeros. */
  readonly Previous: string;
  /** Seconds since the epoch until which the line before is kept at least; 0 for the first line. */
  readonly PreviousExpires: number;
  readonly Expires: number;
}

/** The end of a chain. */
export interface Head {
  readonly sequence: number;
  readonly hash: string;
  readonly expires: number;
}

export const BEGINNING: Head = { sequence: 0, hash: '0'.repeat(64), expires: 0 };

export function hashOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/**
 * The line that follows a head.
 * @param expires seconds since the epoch; a line is kept no shorter than those before it, so that what is
 *   missing at the beginning of a chain is missing without gaps
 */
export function follow(
  chain: string,
  head: Head,
  entry: AuditEntry,
  expires: number,
): { readonly text: string; readonly head: Head } {
  const until = Math.max(expires, head.expires);
  const line: AuditLine = {
    Chain: chain,
    Sequence: head.sequence + 1,
    ...entry,
    Previous: head.hash,
    PreviousExpires: head.expires,
    Expires: until,
  };
  const text = JSON.stringify(line);
  return { text, head: { sequence: line.Sequence, hash: hashOf(text), expires: until } };
}
