/**
 * Standing between an SDK client and its service: what AWS does under load and emulators never do
 * (throttling, conflicts, work left unprocessed, answers that get lost), and crashes.
 */
import { Readable } from 'node:stream';
import {
  type DynamoDBClient,
  ProvisionedThroughputExceededException,
  ThrottlingException,
  TransactionCanceledException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';

export type Fields = Record<string, unknown>;

/** One call of a client. */
export interface Call {
  /** Such as `TransactWriteItems` or `GetObject`. */
  readonly operation: string;
  /** As the caller gave it. */
  readonly input: Readonly<Fields>;
  /**
   * Makes the call.
   * @param changed goes in the place of `input`
   */
  proceed(changed?: Readonly<Fields>): Promise<Fields>;
  /** Makes the call as the SDK does when an answer is lost: sends the same request once more. */
  proceedTwice(): Promise<Fields>;
}

export type Interceptor = (call: Call) => Promise<Fields>;

/** Has every call of a client, before anything else is done with it, handled by the interceptor. */
export function intercept(client: DynamoDBClient | S3Client, interceptor: Interceptor): void {
  // The stacks of both clients are alike but for the types of what passes through them.
  const { middlewareStack } = client as DynamoDBClient;
  const sentTwice = new WeakSet<object>();
  middlewareStack.add(
    (next, context) => async (args) => {
      let response: unknown;
      const proceed = async (changed?: Readonly<Fields>) => {
        const answer = await next(
          changed === undefined ? args : { ...args, input: { ...args.input, ...changed } },
        );
        response = answer.response;
        return withBody(answer.output as unknown as Fields);
      };
      const output = await interceptor({
        operation: String(context.commandName).replace(/Command$/, ''),
        input: args.input as unknown as Fields,
        proceed,
        proceedTwice: () => {
          sentTwice.add(context);
          return proceed();
        },
      });
      return { response, output: output as never };
    },
    { step: 'initialize', priority: 'high', name: 'intercept' },
  );
  middlewareStack.add(
    (next, context) => async (args) => {
      // Whatever the first answer was, nobody received it.
      if (sentTwice.has(context)) {
        const lost = await next(args).catch(() => undefined);
        if (lost !== undefined) await withBody(lost.output as unknown as Fields);
      }
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'sendTwice' },
  );
}

/** With the body of an object, if there is one, in memory: no connection is left waiting for a reader. */
async function withBody(output: Fields): Promise<Fields> {
  const body = output['Body'];
  if (!(body instanceof Object && 'transformToByteArray' in body)) return output;
  const bytes = await (
    body as { transformToByteArray(): Promise<Uint8Array> }
  ).transformToByteArray();
  const stream = Readable.from([bytes], { objectMode: false });
  return { ...output, Body: Object.assign(stream, { transformToByteArray: async () => bytes }) };
}

const details = { message: 'injected by a test', $metadata: {} };

export const throttling = () => new ThrottlingException(details);

export const throughputExceeded = () => new ProvisionedThroughputExceededException(details);

/** Answer to a request whose token belongs to a transaction that is under way and may yet commit. */
export const transactionInProgress = () => new TransactionInProgressException(details);

/** Answer to a transaction that met another one on its first item. */
export const transactionConflict = (items: number) =>
  new TransactionCanceledException({
    ...details,
    CancellationReasons: Array.from({ length: items }, (_, i) => ({
      Code: i === 0 ? 'TransactionConflict' : 'None',
    })),
  });

/** Does the first `limit` of a BatchWriteItem's requests and leaves the others unprocessed. */
export async function writePartly(call: Call, limit: number): Promise<Fields> {
  const [table, requests] = onlyTable<unknown[]>(call);
  if (requests.length <= limit) return call.proceed();
  const output = await call.proceed({ RequestItems: { [table]: requests.slice(0, limit) } });
  return { ...output, UnprocessedItems: { [table]: requests.slice(limit) } };
}

/** Answers the first `limit` of a BatchGetItem's keys and leaves the others unprocessed. */
export async function readPartly(call: Call, limit: number): Promise<Fields> {
  const [table, request] = onlyTable<{ Keys: unknown[] }>(call);
  const { Keys } = request;
  if (Keys.length <= limit) return call.proceed();
  const asked = { ...request, Keys: Keys.slice(0, limit) };
  const output = await call.proceed({ RequestItems: { [table]: asked } });
  return { ...output, UnprocessedKeys: { [table]: { ...request, Keys: Keys.slice(limit) } } };
}

function onlyTable<T>({ input }: Call): [string, T] {
  const [entry] = Object.entries(input['RequestItems'] as Record<string, T>);
  if (entry === undefined) throw new RangeError('The batch is empty.');
  return entry;
}
