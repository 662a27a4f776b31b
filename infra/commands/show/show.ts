/** Finds the faces of a photograph, asks for all that can be said of them, and draws it. */
import { readFile, writeFile } from 'node:fs/promises';
import { faceDetails, requestedDetails } from '../../../functions/common/face-details.ts';
import {
  ImageFormatError,
  ImageTooLargeError,
  ImageTooSmallError,
  type Inference,
} from '../../../layers/inference/index.ts';
import { captions, type FaceDetail } from './captions.ts';
import { draw, hasFont } from './draw.ts';
import { ShowError } from './show-error.ts';

export interface ShowRequest {
  /** The photograph to read. */
  readonly photo: string;
  /** The picture to write, if any. */
  readonly out: string | undefined;
  /** Of the picture to write, in pixels. */
  readonly width?: number | undefined;
}

export interface Shown {
  /** For people. */
  readonly lines: readonly string[];
  /** For programs. */
  readonly details: readonly FaceDetail[];
}

export interface ShowOptions {
  /** Whether attributes can be written into the picture. */
  readonly font?: boolean;
}

/** @throws ShowError when there is no such photograph, or no face in it */
export async function show(
  { photo, out, width }: ShowRequest,
  inference: Inference,
  options: ShowOptions = {},
): Promise<Shown> {
  const picture = await readPhoto(photo, inference);
  const faces = await inference.findFaces(picture);
  if (faces.length === 0) throw new ShowError(`There is no face in ${photo}; nothing is written.`);
  const details = await faceDetails(inference, picture, faces, requestedDetails(['ALL'], true));
  const lines = details.flatMap((detail, i) => [
    `#${i + 1}`,
    ...captions(detail).map((line) => `  ${line}`),
  ]);
  if (out === undefined) return { lines, details };
  const { font = await hasFont() } = options;
  const format = /\.png$/i.test(out) ? 'png' : 'jpeg';
  await write(out, await draw(picture, details, { format, text: font, width }));
  const noFont =
    'This machine has no fonts, so the picture has no text; with fontconfig and a font it has.';
  const count = faces.length === 1 ? 'one face' : `${faces.length} faces`;
  return { details, lines: [...lines, ...(font ? [] : [noFont]), `${out} shows ${count}.`] };
}

async function readPhoto(photo: string, inference: Inference) {
  let bytes: Buffer;
  try {
    bytes = await readFile(photo);
  } catch (cause) {
    throw new ShowError(`${photo} cannot be read: ${reason(cause)}`, { cause });
  }
  try {
    return await inference.read(bytes);
  } catch (cause) {
    if (isAboutTheImage(cause)) throw new ShowError(`${photo}: ${cause.message}.`, { cause });
    throw cause;
  }
}

async function write(out: string, bytes: Buffer): Promise<void> {
  try {
    await writeFile(out, bytes);
  } catch (cause) {
    throw new ShowError(`${out} cannot be written: ${reason(cause)}`, { cause });
  }
}

function isAboutTheImage(error: unknown): error is Error {
  return (
    error instanceof ImageFormatError ||
    error instanceof ImageTooLargeError ||
    error instanceof ImageTooSmallError
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
