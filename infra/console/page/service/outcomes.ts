/** What becomes of uploads, as it happens: `GET /events` of the service on one machine. */
import { failureOf, request } from './call.ts';
import { serviceUrl } from './session.ts';

export interface Outcome {
  readonly Id: string;
  readonly Status: 'INDEXED' | 'NO_FACES' | 'REJECTED' | 'SKIPPED' | 'REMOVED';
  readonly Bucket: string;
  readonly Key: string;
  readonly CollectionId?: string;
  readonly FaceRecords?: readonly unknown[];
  readonly Reason?: { readonly Code: string; readonly Message: string };
}

export interface OutcomeEvent {
  readonly time: string;
  readonly detail: Outcome;
}

/**
 * From the first that is kept on, until called off.
 * @throws ServiceFailure, NoAnswerError
 */
export async function* outcomes(signal: AbortSignal): AsyncGenerator<OutcomeEvent> {
  const url = new URL('events?from=start', serviceUrl());
  const response = await request('GET', url, '', signal);
  if (!response.ok) throw failureOf(await response.json().catch(() => ({})), response.status);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  while (reader) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as OutcomeEvent;
  }
}
