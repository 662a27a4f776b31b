/** In a thread: tells of each time that its garbage is collected. */
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { BroadcastChannel } from 'node:worker_threads';
import { CHANNEL, type Collection } from './collection.ts';

const channel = new BroadcastChannel(CHANNEL);
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const { duration } = entry;
    const { kind } = ('detail' in entry ? entry.detail : {}) as { readonly kind?: number };
    channel.postMessage({
      milliseconds: duration,
      isWhole: kind === constants.NODE_PERFORMANCE_GC_MAJOR,
      isYoung: kind === constants.NODE_PERFORMANCE_GC_MINOR,
    } satisfies Collection);
  }
}).observe({ entryTypes: ['gc'] });
