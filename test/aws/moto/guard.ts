/**
 * Stands between the functions and moto, and lets through what the policy of a function allows: the access key id of
 * a request is the name of the function. What is refused is refused as AWS does it, and remembered.
 */
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
  request as send,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Allowed, isAllowed } from './policies.ts';
import {
  type Asked,
  type RequiredPermission,
  requiredPermissions,
} from './required-permissions.ts';

export interface Guard {
  readonly endpoint: string;
  /** `ListFaces: dynamodb:Query arn:...`, each once. */
  readonly denials: Set<string>;
  /** Actions that were asked for, by function. */
  readonly used: Map<string, Set<string>>;
  close(): Promise<void>;
}

export interface GuardOptions {
  readonly policies: ReadonlyMap<string, readonly Allowed[]>;
  /** Where allowed requests go. */
  readonly moto: string;
  /** Where those for Lambda go, which moto does not run. */
  readonly lambda: () => string;
}

export async function startGuard({ policies, moto, lambda }: GuardOptions): Promise<Guard> {
  const denials = new Set<string>();
  const used = new Map<string, Set<string>>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { name, asked } = read(request, Buffer.concat(chunks));
    const allowed = policies.get(name) ?? [];
    const needs = requiredPermissions(asked);
    const mine = used.get(name) ?? new Set();
    used.set(name, mine);
    for (const [action] of needs) mine.add(action);
    const refused = needs.filter(([action, resource]) => !isAllowed(allowed, action, resource));
    if (refused.length > 0) {
      for (const [action, resource] of refused) denials.add(`${name}: ${action} ${resource}`);
      deny(response, asked, refused);
      return;
    }
    pass(asked, asked.service === 'lambda' ? lambda() : moto, response, (status) => {
      // Without ListBucket, S3 says of what is not there "access denied".
      if (asked.service !== 's3' || status !== 404) return true;
      const bucket = `arn:aws:s3:::${asked.target.split(/[/?]/)[1]}`;
      return isAllowed(allowed, 's3:ListBucket', bucket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    denials,
    used,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function read(request: IncomingMessage, body: Buffer): { name: string; asked: Asked } {
  const authorization = String(request.headers.authorization);
  const [, name = '', service = ''] =
    /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(authorization) ?? [];
  const { method = '', url: target = '', headers } = request;
  return { name, asked: { service, method, target, headers, body } };
}

function deny(
  response: ServerResponse,
  { service, method }: Asked,
  refused: readonly RequiredPermission[],
): void {
  if (service === 's3') {
    const text =
      '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(method === 'HEAD' ? undefined : text);
    return;
  }
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
  const message = `is not authorized to perform: ${refused[0]?.[0]}`;
  response.end(JSON.stringify({ __type: 'AccessDeniedException', message }));
}

function pass(
  asked: Asked,
  to: string,
  response: ServerResponse,
  mayTell: (status: number) => boolean,
): void {
  const { hostname, port, host } = new URL(to);
  const { method, target: path, body } = asked;
  const authorization = String(asked.headers['authorization']).replace(
    /Credential=[^/]+/,
    'Credential=testing',
  );
  const headers = { ...asked.headers, host, authorization };
  send({ hostname, port, method, path, headers }, (answer) => {
    if (!mayTell(answer.statusCode ?? 500)) {
      answer.resume();
      deny(response, asked, []);
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  })
    .on('error', (error) => response.writeHead(500).end(String(error)))
    .end(body);
}
