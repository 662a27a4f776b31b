/** Long work says how far it is: a line every ten seconds, with the time that is left. */

const EVERY_MS = 10_000;

/** @returns call with the count of what is done. */
export function progress(
  label: string,
  total: number,
  note: (line: string) => void,
): (done: number) => void {
  const start = performance.now();
  let shown = start;
  return (done) => {
    const now = performance.now();
    if (now - shown < EVERY_MS) return;
    shown = now;
    const left = Math.round(((now - start) / 1000 / done) * (total - done));
    note(`${label} ${done}/${total}, ${left} s left`);
  };
}
