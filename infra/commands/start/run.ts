/** Runs the service in this process, and says where it is and what to do next. */
import { once } from 'node:events';
import { type AccessEntry, formatEntry, printable } from '../../../functions/http/access-log.ts';
import { UPLOAD_BUCKET } from '../../local/local-uploads.ts';
import { isLoopback, type LocalOptions } from '../../local/options.ts';
import { type LocalStack, startLocal } from '../../local/stack.ts';
import type { Surroundings } from '../cli/index.ts';

/** @throws what startLocal throws */
export async function run(
  options: LocalOptions,
  { print, say, interruption, now }: Surroundings,
): Promise<number> {
  const interrupted = interruption();
  const stack = await startLocal(options, {
    log: (entry) => {
      print(formatEntry(entry, now()));
      if (entry.status >= 500) for (const line of faultOf(entry)) say(line);
    },
    warn: (message, error) => {
      for (const line of [printed(message), ...stackOf(error)]) say(line);
    },
    notice: say,
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
    ...(options.console === false ? [] : [`In a browser:  ${stack.endpoint}/console/`]),
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

/** What was wrong with a request that we could not answer, under the line of the request. */
function faultOf({ requestId, error }: AccessEntry): string[] {
  return error === undefined ? [] : [`Request ${requestId} failed:`, ...stackOf(error)];
}

/** Indented, so that no line of it can be taken for one of a request. */
function stackOf(error: Error): string[] {
  const causes = error.cause instanceof Error ? [`caused by: ${error.cause.message}`] : [];
  const lines = (error.stack ?? String(error)).split('\n');
  return [...lines, ...causes].map((line) => `    ${printed(line)}`);
}

/** Words of a sentence, with everything but spaces between them escaped. */
function printed(line: string): string {
  return line.split(' ').map(printable).join(' ');
}
