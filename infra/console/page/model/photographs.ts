/**
 * Photographs that were opened in this page, by the ImageId that the service gives them. They stay in this browser,
 * for as long as the page is open: faces that came of them can be shown, and nothing is stored for it.
 */
import { hex } from '../service/signing.ts';

export interface Photograph {
  readonly id: string;
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** An address of this page's own. */
  readonly url: string;
}

/** As functions/common/identity.ts: UUID version 5 of the SHA-256 of the bytes. */
const NAMESPACE = '6f0d5c0e-51f7-4a5c-9d4b-0c2f3f3e7a11';
/** Bytes of the photographs that are kept; the first ones go first. */
const LARGEST = 256 * 1024 * 1024;

const opened = new Map<string, Photograph>();

export async function open(file: Blob, name: string): Promise<Photograph> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const id = await imageId(bytes);
  const known = opened.get(id);
  if (known) return known;
  const photograph = { id, name, bytes, url: URL.createObjectURL(file) };
  opened.set(id, photograph);
  let total = [...opened.values()].reduce((sum, each) => sum + each.bytes.length, 0);
  for (const oldest of opened.values()) {
    if (total <= LARGEST || oldest === photograph) break;
    URL.revokeObjectURL(oldest.url);
    opened.delete(oldest.id);
    total -= oldest.bytes.length;
  }
  return photograph;
}

/** @returns undefined if it was not opened in this page */
export function photographOf(imageIdOfFace: string | undefined): Photograph | undefined {
  return imageIdOfFace === undefined ? undefined : opened.get(imageIdOfFace);
}

export async function imageId(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const name = hex(await crypto.subtle.digest('SHA-256', bytes));
  const namespace = Uint8Array.from(NAMESPACE.replaceAll('-', '').match(/../g) ?? [], (byte) =>
    Number.parseInt(byte, 16),
  );
  const whole = new Uint8Array([...namespace, ...new TextEncoder().encode(name)]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', whole)).slice(0, 16);
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return hex(digest).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** For `Image.Bytes`. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 32_768) {
    text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  }
  return btoa(text);
}
