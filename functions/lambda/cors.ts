/** Lets web pages of some origins read what was answered. What they may ask is API Gateway's to say. */
import type { GatewayEvent, GatewayResult } from '../../layers/protocol/index.ts';
import { receive } from '../../layers/protocol/index.ts';

export function forPages(
  origins: readonly string[],
  event: GatewayEvent,
  result: GatewayResult,
): GatewayResult {
  if (origins.length === 0) return result;
  const origin = receive(event).headers.get('origin');
  const vary = { ...result.headers, Vary: 'Origin' };
  if (origin === undefined || !origins.includes(origin)) return { ...result, headers: vary };
  const allowed = {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'x-amzn-RequestId',
  };
  return { ...result, headers: { ...vary, ...allowed } };
}
