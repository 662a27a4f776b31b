/** Finds the faces of a photograph, asks for all that can be said of them, and draws it. */
import { readFile, writeFile } from 'node:fs/promises';
import { faceDetails, wanted } from '../../../functions/common/face-details.ts';
import {
  ImageFormatError,
  ImageTooLargeError,
  ImageTooSmallError,
  type Inference,
} from '../../../layers/inference/index.ts';
import { captions } from './captions.ts';
import { type ShowCommand, ShowError } from './command.ts';
import { draw, hasFont } from './draw.ts';

export interface ShowOptions {
  /** Whether attributes can be written into the picture. */
  readonly font?: boolean;
}

/** @returns what to print. @throws ShowError when there is no such photograph, or no face in it */
export async function show(
  { photo, out }: ShowCommand,
  inference: Inference,
  options: ShowOptions = {},
): Promise<string> {
  const { font = await hasFont() } = options;
  const picture = await readPhoto(photo, inference);
  const faces = await inference.findFaces(picture);
  if (faces.length === 0) throw new ShowError(`There is no face in ${photo}; nothing is written.`);
  const details = await faceDetails(inference, picture, faces, wanted(['ALL'], true));
  const format = /\.png$/i.test(out) ? 'png' : 'jpeg';
  await write(out, await draw(picture, details, { format, text: font }));
  return [
    ...details.flatMap((detail, i) => [
      `#${i + 1}`,
      ...captions(detail).map((line) => `  ${line}`),
    ]),
    ...(font
      ? []
      : [
          'This machine has no fonts, so the picture has no text; with fontconfig and a font it has.',
        ]),
    `${out} shows ${faces.length === 1 ? 'one face' : `${faces.length} faces`}.`,
  ].join('\n');
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
