/** Where the bytes of a video come from: read by ranges, as the parts of it are needed. */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

export interface VideoSource {
  /** Bytes. */
  readonly size: number;
  /** The bytes from `start` up to `end`, which lies behind the last one; 0 <= start < end <= size. */
  read(start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A file of this machine. @throws the system's error */
export async function fileSource(file: string): Promise<VideoSource> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    return {
      size,
      read: (start, end) => readAll(handle, start, end),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readAll(handle: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}
