/**
 * Ids that follow from what they stand for, so that indexing a photograph again stores nothing again.
 *
 * Both are UUIDs of version 5 (RFC 9562, section 5.5: SHA-1 of a namespace and a name).
 */
import { createHash } from 'node:crypto';
import type { Box, PictureHandle } from '../../layers/inference/index.ts';

/** Namespaces of this project, drawn once at random. */
const IMAGES = '6f0d5c0e-51f7-4a5c-9d4b-0c2f3f3e7a11';
const FACES = 'b0b2b2de-93c1-4f0e-8f55-7d1c9b8a4e62';

/** The same bytes have the same id, in any collection. */
export function imageId(image: Uint8Array): string {
  return uuid5(IMAGES, createHash('sha256').update(image).digest('hex'));
}

/**
 * Of the face model, the image, its external id and where in it the face is, in whole pixels: finer
 * positions may differ in the last digit from one processor to another.
 */
export function faceId(
  faceModel: string,
  image: string,
  externalImageId: string | undefined,
  { left, top, width, height }: Box,
  picture: PictureHandle,
): string {
  const pixels = [
    left * picture.width,
    top * picture.height,
    width * picture.width,
    height * picture.height,
  ].map(Math.round);
  return uuid5(FACES, JSON.stringify([faceModel, image, externalImageId ?? null, ...pixels]));
}

export function uuid5(namespace: string, name: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
