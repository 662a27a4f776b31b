/**
 * Signing keys, derived from a secret for one day, region and service, and kept for the next request.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac } from 'node:crypto';
import type { Scope } from './authorization.ts';

/** More than any honest use needs at a time; whoever asks for other regions or days costs no memory. */
const MOST_KEYS = 256;

export class SigningKeys {
  readonly #keys = new Map<string, Buffer>();

  /** HMAC-SHA256 key of 32 bytes. */
  derive(secret: string, { date, region, service, terminator }: Scope): Buffer {
    const name = JSON.stringify([secret, date, region, service, terminator]);
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const key = [date, region, service, terminator].reduce<Buffer>(
      (previous, part) => createHmac('sha256', previous).update(part, 'utf8').digest(),
      Buffer.from(`AWS4${secret}`, 'utf8'),
    );
    if (this.#keys.size >= MOST_KEYS) this.#keys.clear();
    this.#keys.set(name, key);
    return key;
  }
}
