/**
 * The kernel over a memory of its own.
 *
 * The first page of a memory is the kernel's: hits, then the codes of the query, at its end the bounds and what the
 * kernel keeps for itself. What is to be scanned begins on the second. The last pages are for rows that wait to be
 * looked up.
 */
import { LARGEST_KERNEL_DIMENSION } from '../quantise.ts';
import { KERNEL_BINARY } from './binary.ts';
import { BLOCK_ROWS } from './rows.ts';

const PAGE_BYTES = 65_536;
export const HITS = 0;
export const QUERY = HITS + BLOCK_ROWS * 2 * Int32Array.BYTES_PER_ELEMENT;
/** Of each bound a scale, a ceiling, a spread and an error, in float32. */
export const BOUNDS = PAGE_BYTES - 3 * 4 * Float32Array.BYTES_PER_ELEMENT;
/** Of what the kernel keeps for itself, 160 bytes at a multiple of 16. */
export const OWN = BOUNDS - 160;
/** Where there is room for what is to be scanned. */
export const CONTENT = PAGE_BYTES;

/** Longer queries do not fit, or have products that int32 does not hold. */
export const MAX_DIMENSION = Math.min(
  LARGEST_KERNEL_DIMENSION,
  (OWN - QUERY) / Int16Array.BYTES_PER_ELEMENT,
);

/** Of an instance's memory, a place for rows that wait, as pairs of int32. */
export interface WaitingRoom {
  readonly address: number;
  readonly pairs: number;
}

export interface KernelInstance {
  readonly buffer: ArrayBuffer;
  readonly waiting: WaitingRoom;
  /** assembly/scan.ts has the parameters; all pointers are offsets into `buffer`. */
  readonly scan: (
    upper: number,
    lower: number,
    scales: number,
    errors: number,
    dimension: number,
    firstDimensions: number,
    grouped: number,
    from: number,
    to: number,
    query: number,
    querySum: number,
    bounds: number,
    bar: number,
    hits: number,
    own: number,
    waiting: number,
    room: number,
  ) => number;
  readonly scanWaiting: () => number;
  readonly settle: (
    lower: number,
    scales: number,
    errors: number,
    dimension: number,
    firstDimensions: number,
    query: number,
    bounds: number,
    bar: number,
    waiting: number,
    count: number,
    hits: number,
  ) => number;
}

type Exports = Pick<KernelInstance, 'scan' | 'scanWaiting' | 'settle'>;

/** The bytes of a memory with room for this many. */
export function memoryBytes(content: number): number {
  return CONTENT + wholePages(content) + waitingBytes(content);
}

/**
 * Of 512 dimensions a pair for every eighth row. Of a shard among a million vectors a tenth waits. Of a small one, or
 * where thousands are wanted, more would: rows for which there is no room are looked up at once, which only takes longer.
 */
function waitingBytes(content: number): number {
  return wholePages(content / WAITING_SHARE);
}

const WAITING_SHARE = 512;

function wholePages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

/** @returns nothing where there is no SIMD or no room: 4 GiB are the most */
export function createInstance(content: number): KernelInstance | undefined {
  const module = compiled();
  if (module === undefined) return undefined;
  try {
    const memory = new WebAssembly.Memory({ initial: memoryBytes(content) / PAGE_BYTES });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const { scan, scanWaiting, settle } = exports as unknown as Exports;
    const waiting = {
      address: CONTENT + wholePages(content),
      pairs: waitingBytes(content) / (2 * Int32Array.BYTES_PER_ELEMENT),
    };
    return { buffer: memory.buffer, waiting, scan, scanWaiting, settle };
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

let kernel: { readonly module: WebAssembly.Module | undefined } | undefined;

function compiled(): WebAssembly.Module | undefined {
  kernel ??= { module: compile() };
  return kernel.module;
}

function compile(): WebAssembly.Module | undefined {
  try {
    return new WebAssembly.Module(Buffer.from(KERNEL_BINARY, 'base64'));
  } catch {
    // A processor without the instructions, or a Node.js that runs without WebAssembly.
    return undefined;
  }
}
