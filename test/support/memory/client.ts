/**
 * SDK clients without a network: commands are answered by a function of this process. The stack of
 * middleware is one that knows two steps only, which is what makes a call a hundred times cheaper;
 * `intercept` in ../faults.ts works on it as on any other.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { Fields } from '../faults.ts';

/**
 * Answers a command or throws the error of the SDK.
 * @param operation such as `GetItem`
 */
export type Serve = (operation: string, input: Readonly<Fields>) => Fields;

interface Arguments {
  readonly input: Readonly<Fields>;
}
type Handler = (
  args: Arguments,
) => Promise<{ readonly response: unknown; readonly output: Fields }>;
interface Context {
  readonly commandName?: string;
}
type Middleware = (next: Handler, context: Context) => Handler;

/** What of a MiddlewareStack the clients, their commands and `intercept` use. */
class ShortStack {
  readonly #serve: Serve;
  readonly #steps: Record<'initialize' | 'finalizeRequest', Middleware[]> = {
    initialize: [],
    finalizeRequest: [],
  };

  constructor(serve: Serve) {
    this.#serve = serve;
  }

  add(middleware: Middleware, { step }: { step: 'initialize' | 'finalizeRequest' }): void {
    this.#steps[step].push(middleware);
  }

  /** The document client looks here whether it fits the client that it is made from. */
  identify(): string[] {
    return ['serializerMiddleware'];
  }

  /** What commands bring along (serialisation, endpoints, signatures) has nothing to do here. */
  concat(): this {
    return this;
  }

  resolve(_: unknown, context: Context): Handler {
    const operation = String(context.commandName).replace(/Command$/, '');
    const answer: Handler = async ({ input }) => ({
      response: undefined,
      output: this.#serve(operation, input),
    });
    const { initialize, finalizeRequest } = this.#steps;
    return [...initialize, ...finalizeRequest].reduceRight(
      (next, middleware) => middleware(next, context),
      answer,
    );
  }
}

const CONFIGURATION = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
};

const DATABASE = new DynamoDBClient(CONFIGURATION);
const STORE = new S3Client(CONFIGURATION);

export function databaseClient(serve: Serve): DynamoDBClient {
  return withStack(DATABASE, serve);
}

export function storeClient(serve: Serve): S3Client {
  return withStack(STORE, serve);
}

/** Its own stack, and all else in common: to make a whole client takes longer than a hundred calls. */
function withStack<T extends object>(client: T, serve: Serve): T {
  const own = { middlewareStack: new ShortStack(serve), destroy: () => undefined };
  return Object.assign(Object.create(client), own) as T;
}
