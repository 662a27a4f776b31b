/** `npm start`: Recollect on one machine, until Ctrl-C. */
import type { RequestLog } from '../../layers/protocol/index.ts';
import { StoreError } from '../emulators/storage/index.ts';
import { isLoopback, type LocalOptions, OptionsError, readOptions } from './options.ts';
import { type LocalStack, startLocal } from './stack.ts';
import { UPLOAD_BUCKET } from './uploads.ts';

async function main(): Promise<void> {
  // The SDK is pinned; its advice on Node versions is for those who upgrade it.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const options = readOptions(process.argv.slice(2), process.env);
  const stack = await startLocal(options, {
    log: printRequest,
    warn: printWarning,
    notice: console.log,
  });
  const bearer = stack.keys ? ` -H "Authorization: Bearer $KEY_ID.$SECRET"` : '';
  console.log(`Recollect is listening on ${stack.endpoint}`);
  console.log(
    `Try it:  curl -s ${stack.endpoint}/CreateCollection${bearer} -d '{"CollectionId":"family"}'`,
  );
  console.log(`S3 is listening on ${stack.s3Endpoint}, data are in ${options.data}. Ctrl-C stops.`);
  console.log(
    `Photographs put under s3://${UPLOAD_BUCKET}/<collection id>/ are indexed:  curl -N${bearer} ${stack.endpoint}/events`,
  );
  for (const line of await aboutKeys(stack, options)) console.log(line);

  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(130);
    stopping = true;
    console.log('\nFinishing what is in progress; once more Ctrl-C to stop at once.');
    stack.close().then(() => process.exit(0), fail);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** Whether requests need a key, and what is to be done about it. */
async function aboutKeys({ keys }: LocalStack, { host, data }: LocalOptions): Promise<string[]> {
  if (keys === undefined) return ['Any credentials will do: only this machine can connect.'];
  const none = (await keys.list()).length === 0;
  return [
    `Every request needs an access key.${none ? ` There is none yet; make one:  npm run keys -- create --data ${data}` : ''}`,
    ...(isLoopback(host)
      ? []
      : ['Requests and answers travel in the clear; let others connect through a TLS proxy only.']),
  ];
}

function printRequest(entry: RequestLog): void {
  const { operation, status, milliseconds, keyId, error, errorName, requestId } = entry;
  const who = keyId === undefined ? '' : ` ${keyId}`;
  const line = `${operation ?? 'unknown operation'} ${status} ${milliseconds.toFixed(0)} ms${who}`;
  if (status < 500) {
    console.log(error === undefined ? line : `${line} ${errorName}: ${error.message}`);
  } else console.error(line, requestId, error);
}

function printWarning(message: string, error: Error): void {
  console.error(message, error);
}

function fail(error: unknown): never {
  if (error instanceof OptionsError || error instanceof StoreError) console.error(error.message);
  else if (isPortTaken(error)) {
    console.error(
      `${error.message}. Something else listens there; choose another port with --port or --s3-port, or 0 for any.`,
    );
  } else console.error(error);
  process.exit(1);
}

function isPortTaken(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

main().catch(fail);
