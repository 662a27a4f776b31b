/**
 * The `n`-th largest of some values, in time that is linear on average: Hoare's FIND (Algorithm 65, CACM 4,
 * 1961), which sorts only where the answer is.
 *
 * @param values are reordered
 * @returns -Infinity if there are fewer
 */
export function nthLargest(values: Float64Array, n: number): number {
  const rank = values.length - n;
  if (rank < 0) return Number.NEGATIVE_INFINITY;
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[rank] ?? 0;
    let low = left;
    let high = right;
    while (low <= high) {
      while ((values[low] ?? pivot) < pivot) low++;
      while ((values[high] ?? pivot) > pivot) high--;
      if (low > high) break;
      const value = values[low] ?? 0;
      values[low] = values[high] ?? 0;
      values[high] = value;
      low++;
      high--;
    }
    if (high < rank) left = low;
    if (rank < low) right = high;
  }
  return values[rank] ?? Number.NEGATIVE_INFINITY;
}
