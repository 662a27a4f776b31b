/** Runs the service in this process, and says where it is and what to do next. */
import { once } from 'node:events';
import type { RequestLog } from '../../../layers/protocol/index.ts';
import { isLoopback, type LocalOptions } from '../../local/options.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import { UPLOAD_BUCKET } from '../../local/uploads.ts';
import type { Surroundings } from '../cli/index.ts';

/** @throws what startLocal throws */
export async function run(
  options: LocalOptions,
  { print, say, interruption }: Surroundings,
): Promise<number> {
  const interrupted = interruption();
  const stack = await startLocal(options, {
    log: (entry) => printRequest(entry, print, say),
    notice: print,
    warn: (message, error) => say(`${message} ${error.stack ?? error}`),
  });
  for (const line of await greeting(stack, options)) print(line);
  if (!interrupted.aborted) await once(interrupted, 'abort');
  await stack.close();
  return 0;
}

async function greeting(stack: LocalStack, options: LocalOptions): Promise<string[]> {
  const bearer = stack.keys ? ` -H "Authorization: Bearer $KEY_ID.$SECRET"` : '';
  return [
    `Recollect is listening on ${stack.endpoint}`,
    `Try it:  curl -s${bearer} ${stack.endpoint}/ListCollections -d '{}'`,
    `S3 is listening on ${stack.s3Endpoint}, data are in ${options.data}. Ctrl-C stops.`,
    `Photographs put under s3://${UPLOAD_BUCKET}/<collection id>/ are indexed:  curl -N${bearer} ${stack.endpoint}/events`,
    ...(await aboutKeys(stack, options)),
  ];
}

/** Whether requests need a key, and what is to be done about it. */
async function aboutKeys({ keys }: LocalStack, { host, data }: LocalOptions): Promise<string[]> {
  if (keys === undefined) return ['Any credentials will do: only this machine can connect.'];
  const none = (await keys.list()).length === 0;
  return [
    `Every request needs an access key.${none ? ` There is none yet; make one:  recollect keys create --data ${data}` : ''}`,
    ...(isLoopback(host)
      ? []
      : ['Requests and answers travel in the clear; let others connect through a TLS proxy only.']),
  ];
}

function printRequest(
  { operation, status, milliseconds, keyId, error, errorName, requestId }: RequestLog,
  print: (line: string) => void,
  say: (line: string) => void,
): void {
  const who = keyId === undefined ? '' : ` ${keyId}`;
  const line = `${operation ?? 'unknown operation'} ${status} ${milliseconds.toFixed(0)} ms${who}`;
  if (status >= 500) say(`${line} ${requestId} ${error?.stack ?? error}`);
  else print(error === undefined ? line : `${line} ${errorName}: ${error.message}`);
}
