import type { VideoSource } from '../../layers/video/index.ts';

/** A video in memory, and how it was read. */
export function memorySource(
  bytes: Uint8Array,
): VideoSource & { readonly reads: (readonly [start: number, end: number])[] } {
  const reads: (readonly [start: number, end: number])[] = [];
  return {
    reads,
    size: bytes.length,
    async read(start, end) {
      reads.push([start, end]);
      return bytes.slice(start, end);
    },
    close: async () => undefined,
  };
}
