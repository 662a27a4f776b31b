/**
 * Which engine decodes: a native FFmpeg where there is one, which takes a third of the time, or else FFmpeg as
 * WebAssembly, which is the same file on every machine.
 */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { CoreDecoder } from './core-decoder.ts';
import type { Decoder } from './decoder.ts';
import { DecoderMissingError } from './errors.ts';
import { hasFfmpegCore } from './ffmpeg-core.ts';
import { NativeDecoder } from './native-decoder.ts';
import { ThreadDecoder } from './thread-decoder.ts';

export interface DecoderOptions {
  /** Of the process: `RECOLLECT_FFMPEG` is the path of an FFmpeg, or `none` to have none used; else `PATH` is searched. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether WebAssembly runs in a thread of its own; default: it does. */
  readonly thread?: boolean;
}

const run = promisify(execFile);

/** The first with `-fps_mode`. */
const OLDEST = 5.1;

/** @throws DecoderMissingError, whose message says what to install */
export async function openDecoder({
  environment,
  thread = true,
}: DecoderOptions): Promise<Decoder> {
  const { RECOLLECT_FFMPEG: named } = environment;
  if (named !== undefined && named !== '' && named !== 'none') {
    const fault = await faultOf(named);
    if (fault !== undefined) throw new DecoderMissingError(`RECOLLECT_FFMPEG: ${fault}`);
    return new NativeDecoder(named);
  }
  const found = named === 'none' ? undefined : await onPath(environment['PATH'] ?? '');
  if (found !== undefined && (await faultOf(found)) === undefined) return new NativeDecoder(found);
  if (!hasFfmpegCore()) {
    throw new DecoderMissingError(
      'Nothing here decodes video: install FFmpeg 5.1 or later, or the package @ffmpeg/core.',
    );
  }
  return thread ? new ThreadDecoder() : new CoreDecoder();
}

async function onPath(folders: string): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg';
  for (const folder of folders.split(path.delimiter).filter(path.isAbsolute)) {
    const file = path.join(folder, name);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

/** @returns what is wrong with a program, or undefined */
async function faultOf(program: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, ['-version'], { timeout: 10_000 });
    const version = /^ffmpeg version n?(\d+\.\d+)/.exec(stdout)?.[1];
    // One that was built from the sources of some day says no number.
    if (/^ffmpeg version /.test(stdout) && Number(version ?? OLDEST) >= OLDEST) return undefined;
    return `${program} is not FFmpeg ${OLDEST} or later.`;
  } catch (error) {
    return `${program} cannot be run: ${error instanceof Error ? error.message : error}`;
  }
}
