/** Time for work that is cut into pages: what a request may take, less than API Gateway waits. */

const PAGE_MS = 15_000;

/** @returns whether there is still time, from now on */
export function timeForAPage(clock: () => number = () => performance.now()): () => boolean {
  const end = clock() + PAGE_MS;
  return () => clock() < end;
}
