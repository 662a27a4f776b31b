/** Processor time of other processes, which Linux tells. */
import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, on all machines that Node.js runs on. */
const TICK_MS = 10;

/** Of the fields after the name, which may have spaces and brackets in it. */
const [USER, SYSTEM] = [11, 12] as const;

/** @returns milliseconds of all threads so far; 0 for a process that is gone, and where it is not told */
export function processorTime(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[USER]) + Number(fields[SYSTEM])) * TICK_MS;
  } catch {
    return 0;
  }
}
