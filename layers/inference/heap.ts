/** How much garbage a process that looks at pictures may have. */
import { setFlagsFromString } from 'node:v8';

/**
 * Before V8 collects the garbage of a whole heap again, that may become so much larger, in percent, than what was left
 * the last time. It counts the pixels of pictures, and by itself lets a heap that lives on next to nothing grow by so
 * little that nearly every photograph brings a collection, of a tenth of the time that one with a single face takes. V8
 * grants a heap up to 300 on its own; with that a crowd of large photographs takes 30 MB more, for a few thousandths of
 * the time.
 */
const HEAP_GROWTH = 275;

/** Holds for the whole process, all its threads included. */
export function letHeapGrow(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
}
