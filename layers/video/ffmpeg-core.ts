/**
 * FFmpeg as WebAssembly (`@ffmpeg/core`): one thread, a file system in memory, no other file and no network.
 *
 * The package is made for browsers' workers and looks for their globals while it loads; they are there for as
 * long. It is loaded by name, so that nothing is missed where it was left out.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { DecoderMissingError } from './errors.ts';

const require = createRequire(import.meta.url);

/** As much of the module as is used. */
export interface FfmpegCore {
  exec(...args: string[]): number;
  reset(): void;
  setLogger(logger: (line: { readonly message: string }) => void): void;
  readonly FS: {
    writeFile(file: string, bytes: Uint8Array): void;
    readFile(file: string): Uint8Array;
    unlink(file: string): void;
    makedev(major: number, minor: number): number;
    registerDevice(device: number, operations: DeviceOperations): void;
    mkdev(file: string, device: number): void;
  };
}

interface DeviceOperations {
  open(): void;
  close(): void;
  read(): number;
  write(stream: unknown, buffer: Uint8Array, offset: number, length: number): number;
  llseek(): number;
}

type CreateCore = (options: {
  readonly wasmBinary: Uint8Array;
  readonly locateFile: (name: string) => string;
  readonly mainScriptUrlOrBlob: string;
}) => Promise<FfmpegCore>;

let binary: Promise<Buffer> | undefined;

/** A new one, with a memory of its own. @throws DecoderMissingError where the package is not installed */
export async function createFfmpegCore(): Promise<FfmpegCore> {
  const script = locate();
  const folder = path.dirname(script);
  binary ??= readFile(path.join(folder, 'ffmpeg-core.wasm'));
  const wasmBinary = await binary;
  const restore = pretendWorker(folder);
  try {
    const create: CreateCore = require(script);
    const urls = Buffer.from(JSON.stringify({ wasmURL: '', workerURL: '' })).toString('base64');
    return await create({
      wasmBinary,
      locateFile: (name) => path.join(folder, name),
      mainScriptUrlOrBlob: `${script}#${urls}`,
    });
  } finally {
    restore();
  }
}

/** Whether the package is installed. */
export function hasFfmpegCore(): boolean {
  try {
    return locate() !== '';
  } catch {
    return false;
  }
}

function locate(): string {
  try {
    return require.resolve('@ffmpeg/core');
  } catch (cause) {
    throw new DecoderMissingError(
      'Nothing here decodes video: install FFmpeg 5.1 or later, or the package @ffmpeg/core.',
      { cause },
    );
  }
}

function pretendWorker(folder: string): () => void {
  const names = ['self', 'location'] as const;
  const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
  const define = (name: string, value: unknown) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  define('self', globalThis);
  define('location', { href: `file://${folder}/` });
  return () => {
    for (const [i, name] of names.entries()) {
      const descriptor = before[i];
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, descriptor);
    }
  };
}
