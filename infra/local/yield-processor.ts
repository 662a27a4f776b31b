/** Threads that compute, behind those that answer. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Niceness: about a third of the share of a thread that has none. */
const NICE = 5;

/**
 * Lowers the priority of the thread that calls, where the system has one for each thread (Linux). Elsewhere it
 * does nothing.
 */
export function yieldProcessor(): void {
  if (process.platform !== 'linux') return;
  try {
    const [thread] = readlinkSync('/proc/thread-self').split('/').reverse();
    setPriority(Number(thread), NICE);
  } catch {
    // Where it is forbidden, threads share alike.
  }
}
