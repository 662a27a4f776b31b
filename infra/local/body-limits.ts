/** How much of what clients send is held at once on one machine. */
import type { BodyLimits } from '../../functions/http/bodies.ts';
import { LARGEST_BODY } from '../../functions/http/server.ts';

/** A request of 64 KiB has hardly a photograph in it. Those with one share room for some fifteen. */
export const bodyLimits = (threads: number, waiting: number): BodyLimits => ({
  largest: LARGEST_BODY,
  small: 64 * 1024,
  room: 96 * 1024 * 1024,
  timeout: 120_000,
  // One that is looked at for each thread, and one that is decoded before or stored after.
  inHand: 2 * threads + 1,
  waiting: { bodies: waiting, bytes: 1024 * 1024 * 1024 },
});
