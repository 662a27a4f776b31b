/**
 * DynamoDB's wire protocol: AWS JSON 1.0 over HTTP POST, the operation named by X-Amz-Target.
 *
 * With credentials, a request must be signed with them; so no other program, user or web page of the
 * machine can read or write. Without them whoever reaches the port may.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifySignature } from '../s3/auth/sigv4.ts';
import { StoreError } from '../storage/index.ts';
import { DynamoError } from './errors.ts';
import type { Operation } from './operations.ts';
import type { Response } from './wire.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.0';
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Longer than clients keep idle connections, so that a reused one is never closed under them. */
const KEEP_ALIVE_MS = 65_000;

/** The one key that is accepted. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface RunningServer {
  address: AddressInfo;
  /** Stops accepting, answers every request that has arrived whole, then closes all connections. */
  close(): Promise<void>;
}

interface Service {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly credentials: Credentials | undefined;
}

interface Reply {
  status: number;
  body: Buffer;
}

/** @throws the listen error, such as EADDRINUSE */
export async function serve(
  operations: ReadonlyMap<string, Operation>,
  port: number,
  host: string,
  credentials: Credentials | undefined,
): Promise<RunningServer> {
  const underWay = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    void receive(request).then((body) => {
      if (body === undefined) return;
      const answering = answer({ operations, credentials }, request, body, response);
      underWay.add(answering);
      void answering.finally(() => underWay.delete(answering));
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const address = await listen(server, port, host);
  return {
    address,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all(underWay);
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') {
        reject(new Error('the server does not listen on a TCP port'));
      } else resolve(address);
    });
  });
}

/** The body, cut off after the first byte too many; undefined if the client hangs up before its end. */
async function receive(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // All of it is read, however large, so that the client gets to see the answer.
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      size += chunk.length;
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

/** Never rejects. */
async function answer(
  service: Service,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  let reply: Reply;
  try {
    reply = toReply(200, await dispatch(service, request, body));
  } catch (error) {
    reply = errorReply(error);
  }
  response.writeHead(reply.status, {
    'Content-Type': CONTENT_TYPE,
    'Content-Length': reply.body.length,
    'x-amzn-RequestId': randomUUID(),
  });
  response.end(reply.body);
}

function dispatch(
  { operations, credentials }: Service,
  request: IncomingMessage,
  body: Buffer,
): Promise<Response> {
  const [service, name] = String(request.headers['x-amz-target'] ?? '').split('.');
  const operation = service === 'DynamoDB_20120810' ? operations.get(name ?? '') : undefined;
  if (request.method !== 'POST' || operation === undefined) {
    throw new DynamoError('UnknownOperationException', `Unknown operation: ${name ?? ''}`);
  }
  if (request.headers.authorization === undefined) {
    throw new DynamoError(
      'MissingAuthenticationTokenException',
      'Request is missing Authentication Token',
    );
  }
  if (credentials !== undefined && !isSigned(request, body, credentials)) {
    throw new DynamoError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  }
  if (body.length > MAX_BODY_BYTES) {
    throw new DynamoError('ValidationException', 'The request exceeds 16 MB');
  }
  return operation(parse(body.toString('utf8')));
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/;

function isSigned(request: IncomingMessage, body: Buffer, credentials: Credentials): boolean {
  const { headers, method = 'POST', url = '/' } = request;
  const [, accessKeyId, scope = '', names = '', value = ''] =
    AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  if (accessKeyId !== credentials.accessKeyId) return false;
  const [path = '/', search = ''] = url.split('?');
  const sent = Object.entries(headers).map(([name, values]) => [name, String(values)] as const);
  return verifySignature(
    { method, path, query: new URLSearchParams(search), headers: Object.fromEntries(sent) },
    {
      accessKeyId,
      scope,
      timestamp: String(headers['x-amz-date'] ?? ''),
      signedHeaders: names.split(';'),
      value,
      payloadHash: createHash('sha256').update(body).digest('hex'),
    },
    credentials.secretAccessKey,
  );
}

function parse(body: string): object {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new DynamoError('SerializationException', 'The request body is not a JSON object');
}

function toReply(status: number, body: Response): Reply {
  return { status, body: Buffer.from(JSON.stringify(body)) };
}

function errorReply(error: unknown): Reply {
  if (error instanceof DynamoError) return toReply(400, error.toWire());
  if (error instanceof StoreError) return toReply(500, storeFailure(error).toWire());
  console.error('Local DynamoDB:', error);
  const message = error instanceof Error ? error.message : String(error);
  return toReply(500, new DynamoError('InternalServerError', message).toWire());
}

/** DynamoDB has one name for all of it; the sentence says what it is. */
function storeFailure(error: StoreError): DynamoError {
  return new DynamoError('InternalServerError', error.message, { Storage: error.name });
}
