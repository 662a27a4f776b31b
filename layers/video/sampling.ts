/**
 * Which pictures of a video are looked at.
 *
 * Time is divided into cells of 1/rate seconds, counted from 0 on; the first picture of each cell is looked at.
 * So which they are depends on the video and the rate alone: whoever looks at a part of it, from any cell on,
 * chooses the same pictures as whoever looks at all.
 */

/** The number of the cell in which a time lies. @param time seconds. @param rate cells a second */
export function cellOf(time: number, rate: number): number {
  // Times are fractions of a time scale; those on a border are a rounding error beside it.
  return Math.floor(time * rate + 1e-6);
}

/**
 * @param times of all pictures from the first of a cell on, ascending, in seconds
 * @param after the cell of the last picture before them that was chosen; -1 if there is none
 * @returns the indexes of the pictures that are chosen, ascending
 */
export function chosen(times: readonly number[], rate: number, after: number): number[] {
  const indexes: number[] = [];
  let last = after;
  for (const [i, time] of times.entries()) {
    const cell = cellOf(time, rate);
    if (cell <= last) continue;
    last = cell;
    indexes.push(i);
  }
  return indexes;
}
