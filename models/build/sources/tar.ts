/**
 * Reads the files of a tar archive as npm makes them: POSIX ustar, regular files, paths of at most
 * 255 bytes. Format: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
 */

const BLOCK = 512;

/** Contents by path; the arrays are views of `archive`. */
export function readTar(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0; ) {
    const header = archive.subarray(at, at + BLOCK);
    const prefix = text(header, 345, 155);
    const name = text(header, 0, 100);
    const size = Number.parseInt(text(header, 124, 12), 8);
    const start = at + BLOCK;
    if (text(header, 156, 1) === '0') {
      files.set(prefix ? `${prefix}/${name}` : name, archive.subarray(start, start + size));
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end)).trim();
}
