/**
 * Requests as clients make them, signed by signers that have nothing to do with this project, and as a
 * gateway hands them on.
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { sign } from 'aws4';
import type { AccessKey, GatewayEvent } from '../../../../layers/protocol/index.ts';

export interface ClientRequest {
  readonly method: string;
  /** Percent-encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface SigningOptions {
  readonly key: Pick<AccessKey, 'id' | 'secret'>;
  readonly region: string;
  readonly service: string;
  readonly date: Date;
  readonly sessionToken?: string;
}

/** @returns the request with the headers that make it a signed one */
export type Signer = (request: ClientRequest, options: SigningOptions) => Promise<ClientRequest>;

export const HOST = 'faces.example.org';

export const KEY: AccessKey = {
  id: 'AKIAABCDEFGHIJKLMN23',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYzEXAMPLEKEY',
  name: '',
  operations: 'all',
  collections: '*',
  created: new Date('2026-11-01T00:00:00Z'),
  expires: undefined,
};

export const NOW = new Date('2026-11-22T12:00:00Z');

export const OPTIONS: SigningOptions = {
  key: KEY,
  region: 'eu-central-1',
  service: 'rekognition',
  date: NOW,
};

/** As an SDK calls an operation. */
export function sdkRequest(operation: string, input: object = {}): ClientRequest {
  return {
    method: 'POST',
    path: '/',
    query: {},
    headers: {
      host: HOST,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `RekognitionService.${operation}`,
    },
    body: Buffer.from(JSON.stringify(input)),
  };
}

/** The signer of the AWS SDK for JavaScript; `checksum` as that SDK does, without as other clients do. */
export function smithy({ checksum }: { checksum: boolean }): Signer {
  return async (request, { key, region, service, date, sessionToken }) => {
    const signer = new SignatureV4({
      credentials: {
        accessKeyId: key.id,
        secretAccessKey: key.secret,
        ...(sessionToken === undefined ? {} : { sessionToken }),
      },
      region,
      service,
      sha256: Sha256,
      applyChecksum: checksum,
    });
    const { method, path, query, body } = request;
    const { headers } = await signer.sign(
      {
        method,
        protocol: 'https:',
        hostname: HOST,
        path,
        query: { ...query },
        headers: { ...request.headers },
        body,
      },
      { signingDate: date, signableHeaders: new Set(Object.keys(request.headers)) },
    );
    return { ...request, headers };
  };
}

/** The signer that much else in Node.js uses. */
export const aws4: Signer = async (request, { key, region, service, date, sessionToken }) => {
  const query = Object.entries(request.query).flatMap(([name, values]) =>
    values.map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  );
  const signed = sign(
    {
      method: request.method,
      path: query.length === 0 ? request.path : `${request.path}?${query.join('&')}`,
      service,
      region,
      body: request.body,
      headers: { ...request.headers, 'X-Amz-Date': compact(date) },
    },
    {
      accessKeyId: key.id,
      secretAccessKey: key.secret,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
  );
  const headers = Object.entries(signed.headers ?? {}).map(([name, value]) => [
    name,
    String(value),
  ]);
  return { ...request, headers: Object.fromEntries(headers) };
};

/** What API Gateway makes of a request that is sent to a domain name of one's own. */
export function eventOf(request: ClientRequest, changed: Partial<GatewayEvent> = {}): GatewayEvent {
  const { method, path, query, headers, body } = request;
  return {
    httpMethod: method,
    path,
    headers: { ...headers, 'X-Forwarded-For': '198.51.100.7', 'X-Amzn-Trace-Id': 'Root=1-0-0' },
    multiValueQueryStringParameters: { ...query },
    body: body.toString('base64'),
    isBase64Encoded: true,
    requestContext: { requestId: 'r', accountId: '123456789012', path },
    ...changed,
  };
}

/** `yyyymmddThhmmssZ` */
export function compact(date: Date): string {
  return `${date.toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}Z`;
}

/** SHA-256, or HMAC-SHA256 if there is a secret, as the signer of the SDK wants it. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): never {
    throw new Error('Not needed for signing.');
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
