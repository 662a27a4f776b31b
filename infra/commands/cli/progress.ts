/** Says what goes on during work that takes more than two seconds, and nothing of work that does not. */
import type { Surroundings } from './surroundings.ts';

const FIRST_MS = 2000;
const REDRAW_MS = 250;
/** Between lines, where they cannot be written over. */
const LINE_MS = 10_000;

/**
 * @param describe what is going on, as a line without its end; asked whenever it is shown
 * @returns what the work returns
 */
export async function withProgress<T>(
  { terminal, clock }: Pick<Surroundings, 'terminal' | 'clock'>,
  describe: () => string,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = clock();
  let shown = Number.NEGATIVE_INFINITY;
  const timer = setInterval(() => {
    const now = clock();
    if (now - startedAt < FIRST_MS || (!terminal.isTTY && now - shown < LINE_MS)) return;
    shown = now;
    const line = `${describe()} ... ${Math.round((now - startedAt) / 1000)} s`;
    terminal.write(terminal.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  }, REDRAW_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (terminal.isTTY && shown > Number.NEGATIVE_INFINITY) terminal.write('\r\u001b[K');
  }
}
