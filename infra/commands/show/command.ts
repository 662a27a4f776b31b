/** The command line of `npm run show`. */
import path from 'node:path';

export interface ShowCommand {
  /** The photograph to read. */
  readonly photo: string;
  /** The picture to write. */
  readonly out: string;
}

/** What somebody mistyped, or a photograph that cannot be shown; its message says all there is to say. */
export class ShowError extends Error {
  override readonly name = 'ShowError';
}

export const USAGE = 'Usage: npm run show -- photo.jpg out.png';

/** @throws ShowError */
export function readCommand(args: readonly string[]): ShowCommand {
  const [photo, out, ...more] = args;
  const flag = args.find((argument) => argument.startsWith('-'));
  if (flag !== undefined) throw new ShowError(`There is no option ${flag}.\n${USAGE}`);
  if (photo === undefined || out === undefined || more.length > 0) throw new ShowError(USAGE);
  if (!/\.(png|jpe?g)$/i.test(out)) {
    throw new ShowError(`The picture to write must end in .png or .jpg, not "${out}".\n${USAGE}`);
  }
  if (path.resolve(photo) === path.resolve(out)) {
    throw new ShowError(
      `The photograph itself is not written over; choose another name.\n${USAGE}`,
    );
  }
  return { photo, out };
}
