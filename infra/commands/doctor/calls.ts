/** Calls the addresses of a stack, with a small picture, as an SDK and as plain HTTP do. */
import { DetectFacesCommand, RekognitionClient } from '@aws-sdk/client-rekognition';
import type { AccessKey } from '../../../layers/protocol/index.ts';
import type { CallResult } from './facts.ts';

/** A grey square of 96 pixels: everything that looks for faces is loaded, and finds none. */
const GREY =
  'iVBORw0KGgoAAAANSUhEUgAAAGAAAABgAQMAAADYVuV7AAAAA1BMVEWIiIhYZW6zAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAEklEQVQ4jWNgGAWjYBSMguEJAATgAAEohTyIAAAAAElFTkSuQmCC';

/** The first request may start an environment, load the models and wait for its key to be seen. */
const PATIENCE_MS = 60_000;
const TIMES = 2;

interface Answered {
  readonly outcome: string;
  readonly date: string | undefined;
}

type Key = Pick<AccessKey, 'id' | 'secret'>;

export async function tryAddress(
  address: CallResult['address'],
  url: string,
  key: Key,
  now: () => number,
): Promise<CallResult[]> {
  return [
    await tryCall(address, url, 'signed', () => signed(url, key), now),
    await tryCall(address, url, 'bearer', () => bearer(url, key), now),
  ];
}

async function tryCall(
  address: CallResult['address'],
  url: string,
  how: CallResult['how'],
  call: () => Promise<Answered>,
  now: () => number,
): Promise<CallResult> {
  const milliseconds: number[] = [];
  let answered: Answered = { outcome: 'not called', date: undefined };
  let clockAheadMs: number | undefined;
  for (let i = 0; i < TIMES; i += 1) {
    const startedAt = now();
    answered = await call().catch((error: unknown) => ({
      outcome: worded(error),
      date: undefined,
    }));
    milliseconds.push(now() - startedAt);
    const there = Date.parse(answered.date ?? '');
    if (Number.isFinite(there)) clockAheadMs = there - now();
    if (answered.outcome !== 'ok') break;
  }
  return { address, url, how, outcome: answered.outcome, milliseconds, clockAheadMs };
}

async function signed(url: string, { id, secret }: Key): Promise<Answered> {
  const client = new RekognitionClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: id, secretAccessKey: secret },
    requestHandler: { requestTimeout: PATIENCE_MS },
  });
  let date: string | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      date = dateOf(result.response);
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
  try {
    await client.send(new DetectFacesCommand({ Image: { Bytes: Buffer.from(GREY, 'base64') } }));
    return { outcome: 'ok', date };
  } catch (error) {
    return { outcome: worded(error), date };
  } finally {
    client.destroy();
  }
}

function dateOf(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response))
    return undefined;
  const headers = new Map(Object.entries(response.headers ?? {}));
  const date: unknown = headers.get('date');
  return typeof date === 'string' ? date : undefined;
}

async function bearer(url: string, { id, secret }: Key): Promise<Answered> {
  const response = await fetch(new URL('DetectFaces', url.endsWith('/') ? url : `${url}/`), {
    method: 'POST',
    headers: { authorization: `Bearer ${id}.${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ Image: { Bytes: GREY } }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const date = response.headers.get('date') ?? undefined;
  const text = await response.text();
  if (response.ok) return { outcome: 'ok', date };
  const [, type] = /"__type"\s*:\s*"([^"]+)"/.exec(text) ?? [];
  return { outcome: type ?? `HTTP ${response.status}: ${text.slice(0, 200)}`, date };
}

/** Without a secret: neither errors of the SDK nor of fetch have headers in their texts. */
function worded(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return error.name === 'Error' || error.name === 'TypeError'
    ? `${error.message}${cause}`
    : error.name;
}
