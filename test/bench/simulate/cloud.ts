/** Scan functions and an object store that only take time, as AWS does; nothing is loaded or scanned. */
import type { ShardReference } from '../../../layers/records/index.ts';
import type { ScanFunction } from '../../../layers/vectors/index.ts';
import { upperBytes } from '../../../layers/vectors/loading.ts';
import type { VirtualTime } from '../../support/virtual-time.ts';

export interface CloudSpeed {
  /** Milliseconds from a request to its first byte. */
  readonly firstByte: number;
  /** Bytes a second from S3 to one function. */
  readonly bandwidth: number;
  /** Bytes a second of the kernel, over upper planes in memory. */
  readonly kernel: number;
  /** Bytes a second at which what was loaded is checked. */
  readonly check: number;
  /** Milliseconds that calling a function takes, there and back. */
  readonly invoke: number;
  /** Milliseconds until a function that has no environment runs. */
  readonly coldStart: number;
}

/**
 * What a search needs of the shards: by a threshold that leaves few of them the upper planes alone, without one
 * the lower planes too.
 */
export type Planes = 'upper' | 'both';

const neededOf = (planes: Planes) => (shard: ShardReference) =>
  planes === 'upper' ? upperBytes(shard) : shard.bytes;

/** Bytes. */
export function sizeOfPlanes(shards: readonly ShardReference[], planes: Planes): number {
  return shards.map(neededOf(planes)).reduce((sum, bytes) => sum + bytes, 0);
}

/** One environment of a scan function. */
export class SimulatedScanner {
  readonly #time: VirtualTime;
  readonly #speed: CloudSpeed;
  readonly #cacheBytes: number;
  readonly #planes: Planes;
  #held: ShardReference[] = [];
  #started = false;
  /** Since the last search began: what it was billed for, and asked of S3. */
  milliseconds = 0;
  loadedBytes = 0;

  constructor(time: VirtualTime, speed: CloudSpeed, cacheBytes: number, planes: Planes) {
    this.#time = time;
    this.#speed = speed;
    this.#cacheBytes = cacheBytes;
    this.#planes = planes;
  }

  readonly scan: ScanFunction = async ({ shards, limits }, signal) => {
    const { invoke, coldStart } = this.#speed;
    const missing = shards.filter(({ key }) => !this.#held.some((held) => held.key === key));
    const running = this.#started ? 0 : coldStart;
    this.#started = true;
    const work = running + this.#loading(missing) + this.#scanning(shards);
    await this.#time.sleep(invoke + work, signal);
    this.milliseconds += work;
    this.loadedBytes += sizeOfPlanes(missing, this.#planes);
    this.#keep(shards);
    const rows = shards.reduce((sum, { count }) => sum + count, 0);
    return { rows, bar: limits.bar, found: new Map() };
  };

  /** Several ranges at once share the bandwidth; the first byte of the next is waited for meanwhile. */
  #loading(shards: readonly ShardReference[]): number {
    const { firstByte, bandwidth, check } = this.#speed;
    const bytes = sizeOfPlanes(shards, this.#planes);
    return bytes === 0 ? 0 : firstByte + 1000 * (bytes / bandwidth + bytes / check);
  }

  #scanning(shards: readonly ShardReference[]): number {
    return (1000 * sizeOfPlanes(shards, 'upper')) / this.#speed.kernel;
  }

  /** What fits; shards in memory are gone over first, and stay. */
  #keep(shards: readonly ShardReference[]): void {
    const ordered = [...shards].sort(
      (a, b) => Number(this.#held.includes(b)) - Number(this.#held.includes(a)),
    );
    this.#held = [];
    for (const shard of ordered) {
      const bytes = sizeOfPlanes([...this.#held, shard], this.#planes);
      if (bytes <= this.#cacheBytes) this.#held.push(shard);
    }
  }
}
