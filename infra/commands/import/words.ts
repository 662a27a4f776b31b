/** What the service and the system say of a photograph, in people's words. */

const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  ENOENT: 'it is gone',
  ENOTDIR: 'it is no folder any more',
  EISDIR: 'it is a folder',
  EIO: 'the disk cannot read it',
  ELOOP: 'its links go in circles',
  ENAMETOOLONG: 'its path is too long',
  EMFILE: 'too many files are open',
};

const SERVICE: Readonly<Record<string, string>> = {
  InvalidImageFormatException: 'It is neither a JPEG nor a PNG, or it is damaged.',
  ImageTooLargeException: 'It is too large: over 15 MB, or over 100 million pixels.',
  RequestEntityTooLargeException: 'It is too large to be sent in one request.',
  InvalidS3ObjectException: 'The service cannot read the object.',
};

/** @returns half a sentence */
export function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return SYSTEM[code] ?? error.message;
}

/** @param error one that the service answered with. @returns a sentence */
export function serviceInWords({ name, message }: Error): string {
  return SERVICE[name] ?? message;
}
