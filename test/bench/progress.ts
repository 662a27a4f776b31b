/** Long work says how far it is: one line on stderr, rewritten, with the time that is left. */

/** @returns call with the count of what is done. */
export function progress(label: string, total: number): (done: number) => void {
  const start = performance.now();
  let shown = start;
  return (done) => {
    const now = performance.now();
    const last = done === total;
    if (!last && now - shown < (process.stderr.isTTY ? 1000 : 20_000)) return;
    shown = now;
    const left = Math.round(((now - start) / 1000 / done) * (total - done));
    const line = `${label} ${done}/${total}, ${left} s left`.padEnd(60);
    process.stderr.write(
      process.stderr.isTTY ? `\r${line}${last ? '\n' : ''}` : `${line.trim()}\n`,
    );
  };
}
