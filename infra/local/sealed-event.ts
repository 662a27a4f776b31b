/**
 * Events whose id follows from all the rest of them, so that one that was changed on the disk is noticed.
 * The id is a custom UUID (RFC 9562, section 5.8): the first bits of a SHA-256.
 */
import { createHash } from 'node:crypto';

const VERSION = 8;

/** The event with its id, in place of one that it may have. */
export function sealed<Event extends object>(event: Event): Event & { readonly id: string } {
  const { id: _id, ...rest } = event as Event & { id?: string };
  return { id: idOf(rest), ...rest } as Event & { readonly id: string };
}

/** Whether the event is as it was sealed. Those of earlier versions had random ids. */
export function isSealed(event: unknown): boolean {
  if (typeof event !== 'object' || event === null || !('id' in event)) return false;
  const { id, ...rest } = event;
  if (typeof id !== 'string') return false;
  return id[14] === String(VERSION) ? id === idOf(rest) : /^[0-9a-f-]{14}4[0-9a-f-]{21}$/.test(id);
}

function idOf(rest: object): string {
  const bytes = createHash('sha256').update(JSON.stringify(rest)).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | (VERSION << 4), 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
