/** The plain scan: estimates the cosine of a query with every vector of some shards, from the codes. */
import type { Held, Interval, Wanted } from './held.ts';
import { tighten, widen } from './held.ts';
import { idFromBytes } from './ids.ts';
import { errorPerScale } from './quantise.ts';
import type { Shard } from './shard.ts';

/**
 * One pass over the shards.
 * @param query of unit length
 * @throws RangeError if a shard has another dimension
 */
export function scan(query: Float32Array, shards: readonly Shard[], wanted: Wanted): Held {
  const found = new Map<string, Interval>();
  const perScale = errorPerScale(query);
  for (const shard of shards) {
    const estimates = estimate(query, shard);
    for (let i = 0; i < shard.count; i++) {
      const error = (shard.scales[i] ?? 0) * perScale;
      const low = (estimates[i] ?? 0) - error;
      const high = (estimates[i] ?? 0) + error;
      if (high >= wanted.bar) widen(found, idFromBytes(shard.ids, i), { low, high });
    }
  }
  return tighten({ bar: wanted.bar, found }, wanted.count);
}

function estimate(query: Float32Array, { codes, scales, count, dimension }: Shard): Float32Array {
  if (query.length !== dimension) {
    throw new RangeError(`A query of ${query.length} values cannot be compared with ${dimension}.`);
  }
  const estimates = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const start = i * dimension;
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += (query[j] ?? 0) * (codes[start + j] ?? 0);
    estimates[i] = sum * (scales[i] ?? 0);
  }
  return estimates;
}

/** The dot product in double precision: of unit vectors, their cosine. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
