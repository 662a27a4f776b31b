/**
 * What an answer says of its own time, in the header `Server-Timing` (W3C): how long the request waited for its turn,
 * and how long it was worked on. What is left of the time until the answer was there is the network's.
 */
import type { Spent } from './pace.ts';

/** Milliseconds from asking to the answer, and what the service says of them. */
export interface AnswerTime {
  readonly total: number;
  readonly header: string | undefined;
}

/** Milliseconds; all of it is the service's where the answer does not say. */
export interface Parts {
  readonly network: number;
  readonly service: number;
}

export function partsOf({ total, header }: AnswerTime): Parts {
  const said = read(header);
  const service = said === undefined ? total : Math.min(total, said.wait + said.work);
  return { network: total - service, service };
}

/** @returns undefined where the answer does not say */
export function spentOf(time: AnswerTime): Spent | undefined {
  const said = read(time.header);
  if (said === undefined || !(time.total > 0)) return undefined;
  return {
    queued: Math.min(1, said.wait / time.total),
    travelled: partsOf(time).network / time.total,
  };
}

function read(header = ''): { readonly wait: number; readonly work: number } | undefined {
  const [wait, work] = ['wait', 'work'].map((name) =>
    Number(new RegExp(`(?:^|,)\\s*${name};dur=([\\d.]+)`).exec(header)?.[1]),
  ) as [number, number];
  return Number.isFinite(wait) && Number.isFinite(work) ? { wait, work } : undefined;
}
