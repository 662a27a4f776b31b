/**
 * Memory for shards, where the kernel reads them in place: what is downloaded into it is never copied.
 *
 * Each block has a WebAssembly memory of its own, which goes with the last view of it; one memory for all
 * could never shrink, and would need to know who still reads.
 */
import type { KernelInstance } from './instance.ts';
import { CONTENT, createInstance, memoryBytes } from './instance.ts';

/** Below this, copying to where the kernel reads takes no time and a memory of its own too much space. */
const OWN_MEMORY_BYTES = 1024 * 1024;

const instances = new WeakMap<ArrayBufferLike, KernelInstance>();

/** Zeros, starting at a multiple of 64 bytes. @throws RangeError when there is no room */
export function allocate(bytes: number): Uint8Array {
  const instance = bytes < OWN_MEMORY_BYTES ? undefined : createInstance(bytes);
  if (instance === undefined) return new Uint8Array(new ArrayBuffer(bytes));
  instances.set(instance.buffer, instance);
  return new Uint8Array(instance.buffer, CONTENT, bytes);
}

/** How much memory {@link allocate} takes for so many bytes. */
export function footprint(bytes: number): number {
  return bytes < OWN_MEMORY_BYTES ? bytes : memoryBytes(bytes);
}

/** The kernel that reads this buffer in place, if there is one. */
export function residentKernel(buffer: ArrayBufferLike): KernelInstance | undefined {
  return instances.get(buffer);
}
