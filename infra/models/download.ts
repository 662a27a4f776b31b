/**
 * A file from the web, into a folder: goes on where it stopped, says how far it is, and is called complete only when
 * its size and its SHA-256 are those that were expected. What is not complete keeps the name `.part`.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../commands/cli/failures.ts';
import { sha256Of } from './installed.ts';

export interface Expected {
  readonly bytes?: number | undefined;
  readonly sha256?: string | undefined;
}

export interface DownloadOptions extends Expected {
  readonly url: string;
  /** Where parts are kept. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  /** Told how many bytes there are of how many, if that is known. */
  readonly report?: (done: number, total: number | undefined) => void;
  /** Bytes that the disk of a folder has room for. */
  readonly room?: (folder: string) => Promise<number>;
}

/** A file cannot be had, or is another. */
export class DownloadError extends Failure {
  override readonly name = 'DownloadError';
}

/** What the first bytes of a part were served with. */
interface Part {
  readonly url: string;
  readonly etag: string;
}

/**
 * @returns the file, which the caller may move
 * @throws DownloadError
 */
export async function download(options: DownloadOptions): Promise<string> {
  const { url, folder, signal } = options;
  await mkdir(folder, { recursive: true });
  const name = createHash('sha256').update(url).digest('hex').slice(0, 16);
  const [part, note] = [path.join(folder, `${name}.part`), path.join(folder, `${name}.json`)];
  const begun = await begunBefore(part, note, url);
  const headers: Record<string, string> =
    begun === undefined ? {} : { Range: `bytes=${begun.size}-`, 'If-Range': begun.etag };
  const response = await ask(url, headers, signal);
  const resumed = begun !== undefined && response.status === 206;
  const from = resumed ? begun.size : 0;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isFinite(length) ? from + length : undefined;
  await refuse(response, total, from, options);
  await writeFile(note, JSON.stringify({ url, etag: response.headers.get('etag') ?? '' }));
  await receive(response, part, from, total, options);
  await check(part, total, options);
  await rm(note, { force: true });
  const complete = path.join(folder, `${name}.onnx`);
  await rename(part, complete);
  return complete;
}

async function begunBefore(part: string, note: string, url: string) {
  try {
    const known = JSON.parse(await readFile(note, 'utf8')) as Part;
    const { size } = await stat(part);
    // Without a tag of its contents nobody knows whether the rest belongs to the beginning.
    return known.url === url && known.etag !== '' && size > 0
      ? { size, etag: known.etag }
      : undefined;
  } catch {
    return undefined;
  }
}

async function ask(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const ask = async (extra: Record<string, string>) =>
    fetch(url, { headers: extra, ...(signal && { signal }) });
  try {
    const response = await ask(headers);
    return response.status === 416 ? await ask({}) : response;
  } catch (cause) {
    if (signal?.aborted) throw interrupted(cause);
    throw new DownloadError(
      `${url} cannot be reached: ${reason(cause)}. Try again, or download it yourself and name the file.`,
      { cause },
    );
  }
}

async function refuse(
  response: Response,
  total: number | undefined,
  from: number,
  { url, folder, bytes, room = freeBytes }: DownloadOptions,
): Promise<void> {
  const end = async (message: string) => {
    await response.body?.cancel();
    throw new DownloadError(message);
  };
  if (!response.ok) await end(`${url} answers ${response.status}; is the address right?`);
  if (response.headers.get('content-type')?.includes('text/html')) {
    await end(
      `${url} is a web page, not a file. Name the address that the page's download button leads to.`,
    );
  }
  if (bytes !== undefined && total !== undefined && total !== bytes) {
    await end(`${url} has ${total} bytes, not ${bytes}: it is another file. Nothing is installed.`);
  }
  const free = await room(folder);
  const missing = (total ?? bytes ?? 0) - from - free;
  if (missing > 0) {
    await end(
      `${folder} has no room for it: ${megabytes(missing)} more are needed. Make some, and do the same again.`,
    );
  }
}

async function receive(
  response: Response,
  part: string,
  from: number,
  total: number | undefined,
  { url, signal, report }: DownloadOptions,
): Promise<void> {
  const file = await open(part, from === 0 ? 'w' : 'a');
  let done = from;
  try {
    for await (const chunk of response.body ?? []) {
      await file.write(chunk);
      done += chunk.length;
      report?.(done, total);
    }
    await file.sync();
  } catch (cause) {
    if (signal?.aborted) throw interrupted(cause);
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC') {
      throw new DownloadError(
        `There is no room left on the disk of ${part}. Make some, and do the same again: it goes on where it stopped.`,
        { cause },
      );
    }
    throw new DownloadError(
      `${url} stopped after ${megabytes(done)}: ${reason(cause)}. Do the same again: it goes on where it stopped.`,
      { cause },
    );
  } finally {
    await file.close();
  }
}

async function check(part: string, total: number | undefined, expected: DownloadOptions) {
  const { size } = await stat(part);
  if (total !== undefined && size !== total) {
    throw new DownloadError(
      `${expected.url} stopped after ${size} of ${total} bytes. Do the same again: it goes on where it stopped.`,
    );
  }
  try {
    await verify(part, expected, expected.url);
  } catch (error) {
    // Nothing can be added to a part that is wrong.
    await rm(part, { force: true });
    throw error;
  }
}

/** @throws DownloadError unless a file is what it should be */
export async function verify(
  file: string,
  { bytes, sha256 }: Expected,
  name: string,
): Promise<void> {
  const { size } = await stat(file);
  if (bytes !== undefined && size !== bytes) {
    throw new DownloadError(
      `${name} has ${size} bytes, not ${bytes}: it is another file. Nothing is installed.`,
    );
  }
  if (await startsLikeHtml(file)) {
    throw new DownloadError(`${name} is a web page, not a network. Nothing is installed.`);
  }
  const digest = sha256 && (await sha256Of(file));
  if (digest !== sha256) {
    throw new DownloadError(
      `${name} has the SHA-256\n  ${digest}\nwhere\n  ${sha256}\nis expected: it is another file, or was changed. Nothing is installed.`,
    );
  }
}

async function startsLikeHtml(file: string): Promise<boolean> {
  for await (const chunk of createReadStream(file, { end: 63 })) {
    return /^\s*<(!doctype|html|\?xml)/i.test((chunk as Buffer).toString('latin1'));
  }
  return false;
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function interrupted(cause: unknown): DownloadError {
  return new DownloadError('Interrupted. Do the same again: it goes on where it stopped.', {
    cause,
  });
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
