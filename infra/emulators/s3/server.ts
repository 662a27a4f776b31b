/** The HTTP side: reads requests, lets operations answer them, writes answers and errors. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { authenticate, type CredentialLookup } from './auth/authenticate.ts';
import { authenticateForm } from './auth/form.ts';
import { asS3Error, S3Error } from './errors.ts';
import { openForm } from './form/multipart.ts';
import { readUpload } from './form/upload.ts';
import { type CorsRule, corsHeaders, parseCors, preflightHeaders } from './http/cors.ts';
import { newRequestId, readRequest, type S3Request } from './http/request.ts';
import { empty, type S3Response } from './http/response.ts';
import type { Answered, Door, Reserved, Signer } from './http/visitors.ts';
import { errorDocument } from './http/xml.ts';
import { postObject } from './operations/post-object.ts';
import type { Services } from './operations/services.ts';
import { route } from './router.ts';

/** Longer than SDK clients keep an idle connection, so that the client is the one to close it. */
const KEEP_ALIVE_MS = 65_000;

/** A connection on which nothing moves for this long is dropped, whatever it was doing. */
const INACTIVITY_MS = 120_000;

/** How long `close` waits for requests in progress before it cuts them off. */
const DRAIN_MS = 60_000;
const IDLE_CHECK_MS = 50;

export interface HttpOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly credentials: CredentialLookup | undefined;
  readonly reserved: Reserved | undefined;
  readonly door: Door | undefined;
  /** What somebody is told who opens the address in a browser. */
  readonly greeting: string;
  readonly onAnswer: (answered: Answered) => void;
  /** Told of every error that is this server's own fault, before 500 is answered. */
  readonly onFault: (error: unknown) => void;
}

export class S3Server {
  readonly #services: Services;
  readonly #options: HttpOptions;
  readonly #server: Server;
  readonly #active = new Set<Promise<void>>();

  constructor(services: Services, options: HttpOptions) {
    this.#services = services;
    this.#options = options;
    this.#server = createServer((message, response) => {
      const work = this.#serve(message, response).finally(() => this.#active.delete(work));
      this.#active.add(work);
    });
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.#server.timeout = INACTIVITY_MS;
    // A large body on a slow disk may take any time, as long as it moves.
    this.#server.requestTimeout = 0;
  }

  /** Returns the endpoint, such as `http://127.0.0.1:8001`. */
  async listen(): Promise<string> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return endpointOf(this.#server.address(), host);
  }

  /** Stops accepting, waits for what is in progress, and returns when no request is left. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeIdleConnections();
    const cutOff = setTimeout(() => this.#server.closeAllConnections(), DRAIN_MS);
    await Promise.allSettled([...this.#active]);
    // Connections fall idle a little after their last request is answered.
    const idle = setInterval(() => this.#server.closeIdleConnections(), IDLE_CHECK_MS);
    await closed;
    clearInterval(idle);
    clearTimeout(cutOff);
  }

  /** Settles when the answer has left, or the connection is gone. Never rejects. */
  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = newRequestId();
    const startedAt = performance.now();
    const progress: Progress = {};
    try {
      await this.#answer(message, response, id, progress);
    } catch (error) {
      this.#fail(message, response, id, error, progress);
    }
    // Whatever of the body was not needed; the connection can then serve the next request.
    message.resume();
    if (!response.closed) {
      await new Promise<void>((resolve) => {
        response.once('close', resolve);
      });
    }
    this.#options.onAnswer({
      requestId: id,
      operation: progress.operation,
      status: response.statusCode,
      milliseconds: performance.now() - startedAt,
      signer: progress.signer,
      code: progress.code,
      fault: progress.fault,
    });
  }

  async #answer(
    message: IncomingMessage,
    response: ServerResponse,
    id: string,
    progress: Progress,
  ): Promise<void> {
    const { credentials, reserved, door, greeting } = this.#options;
    const visitor = { method: message.method ?? 'GET', headers: message.headers };
    const refused = door?.refuse(visitor);
    if (refused?.status === 421) {
      throw new S3Error('MisdirectedRequest', { message: refused.message });
    }
    response.setHeaders(new Map(Object.entries(door?.corsHeaders(visitor) ?? {})));
    if (isHello(message)) {
      const headers = { 'content-type': 'text/plain; charset=utf-8' };
      await write(response, id, { status: 200, headers, body: greeting });
      return;
    }
    const request = readRequest(message, id);
    const rules = this.#corsRules(request);
    if (request.method === 'OPTIONS') {
      // A page that was asked in, or one that the bucket's rules allow.
      const isAskedIn = response.hasHeader('access-control-allow-origin');
      const headers = isAskedIn ? {} : preflightHeaders(rules, request.headers);
      await write(response, id, empty(200, headers));
      return;
    }
    // Set before anything can fail, so that a browser may read errors too.
    const allowed = corsHeaders(rules, request.method, request.headers);
    response.setHeaders(new Map(Object.entries(allowed)));
    const isAllowed = Object.keys(allowed).length > 0;
    if (refused !== undefined && credentials === undefined && !isAllowed) {
      throw new S3Error('AccessDenied', { message: refused.message });
    }
    const { name, operation } = route(request);
    progress.operation = name;
    const now = this.#services.clock();
    const verification = { credentials, reserved };
    if (operation !== postObject) {
      progress.signer = authenticate(request, now, verification);
      await write(response, id, await operation(this.#services, request));
      return;
    }
    const form = await openForm(request);
    try {
      progress.signer = authenticateForm(request, form.fields, verification);
      const upload = readUpload(request, form, now);
      await write(response, id, await operation(this.#services, upload));
    } finally {
      form.close();
    }
  }

  #corsRules({ bucket, headers }: S3Request): CorsRule[] {
    if (headers.origin === undefined || bucket === '') return [];
    const configuration = this.#services.metadata.findBucket(bucket)?.settings['cors'];
    return configuration === undefined ? [] : parseCors(configuration);
  }

  #fail(
    message: IncomingMessage,
    response: ServerResponse,
    id: string,
    error: unknown,
    progress: Progress,
  ): void {
    if (!(error instanceof S3Error)) {
      this.#options.onFault(error);
      progress.fault = error instanceof Error ? error : new Error(String(error));
    }
    if (response.headersSent) {
      // The status is out already: breaking the connection is the only way to tell the client.
      response.destroy();
      return;
    }
    const { code, status, message: text, details } = asS3Error(error);
    progress.code = code;
    const body = errorDocument({
      Code: code,
      Message: text,
      ...details,
      Resource: message.url?.split('?')[0] ?? '/',
      RequestId: id,
    });
    response.writeHead(status, {
      'content-type': 'application/xml',
      'content-length': Buffer.byteLength(body),
      'x-amz-request-id': id,
    });
    response.end(message.method === 'HEAD' ? undefined : body);
  }
}

/** What is known of a request when it has been answered. */
interface Progress {
  operation?: string;
  signer?: Signer;
  code?: string;
  fault?: Error;
}

/** Somebody who opens the address, rather than a client, which would sign. */
function isHello({ method, url, headers }: IncomingMessage): boolean {
  return method === 'GET' && url === '/' && headers.authorization === undefined;
}

async function write(response: ServerResponse, id: string, answer: S3Response): Promise<void> {
  const { status, headers, body } = answer;
  const length = typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {};
  response.writeHead(status, { 'x-amz-request-id': id, ...length, ...headers });
  if (body === undefined || typeof body === 'string') response.end(body);
  else await sendStream(body, response);
}

/** A client that stops reading has what it wanted: that is no fault. */
async function sendStream(body: Readable, response: ServerResponse): Promise<void> {
  try {
    await pipeline(body, response);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

function endpointOf(address: string | AddressInfo | null, host: string): string {
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
