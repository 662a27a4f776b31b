/**
 * The kernel and its memory, which grows to what is asked for and is used by one call after the other.
 *
 * A memory never shrinks, so one that had to be large is given away after the call.
 */
import { KERNEL_BINARY } from './binary.ts';

const PAGE_BYTES = 65_536;

/** What is kept between calls, at most: enough for what networks take, and for most faces. */
const KEPT_BYTES = 16 * 1024 * 1024;

export interface Kernel {
  /** Until the next call of {@link kernelWith}. */
  readonly buffer: ArrayBuffer;
  /** assembly/pixels.ts has the parameters; all pointers are offsets into `buffer`. */
  readonly sample: (
    origin: number,
    stride: number,
    width: number,
    height: number,
    a: number,
    b: number,
    left: number,
    top: number,
    side: number,
    samples: number,
    gain: number,
    divisor: number,
    places: number,
    to: number,
  ) => void;
  readonly planes: (
    from: number,
    width: number,
    height: number,
    mean: number,
    factor: number,
    to: number,
    stride: number,
    area: number,
  ) => void;
}

interface Instance {
  readonly memory: WebAssembly.Memory;
  readonly exports: Pick<Kernel, 'sample' | 'planes'>;
}

let kept: Instance | undefined;
let compiled: { readonly module: WebAssembly.Module | undefined } | undefined;

/** @returns nothing where there is no SIMD, or no room for so many bytes */
export function kernelWith(bytes: number): Kernel | undefined {
  compiled ??= { module: compile() };
  const { module } = compiled;
  if (module === undefined) return undefined;
  try {
    const instance = bytes > KEPT_BYTES ? create(module, bytes) : grown(module, bytes);
    return { ...instance.exports, buffer: instance.memory.buffer };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function grown(module: WebAssembly.Module, bytes: number): Instance {
  kept ??= create(module, bytes);
  const missing = bytes - kept.memory.buffer.byteLength;
  if (missing > 0) kept.memory.grow(Math.ceil(missing / PAGE_BYTES));
  return kept;
}

function create(module: WebAssembly.Module, bytes: number): Instance {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { memory, exports: exports as unknown as Instance['exports'] };
}

function compile(): WebAssembly.Module | undefined {
  try {
    return new WebAssembly.Module(Buffer.from(KERNEL_BINARY, 'base64'));
  } catch {
    // A processor without the instructions, or a Node.js that runs without WebAssembly.
    return undefined;
  }
}
