/**
 * The header `Server-Timing` (W3C): where the time of an answer went. A client that sends much can tell by it whether
 * more requests at once would be of use.
 */

/**
 * @param wait milliseconds for which the request waited for its turn
 * @param work milliseconds for which it was worked on
 */
export function serverTiming(wait: number, work: number): string {
  return `wait;dur=${Math.max(0, wait).toFixed(1)}, work;dur=${Math.max(0, work).toFixed(1)}`;
}
