/**
 * AWS Signature Version 4 by the browser's own cryptography, for one service and one region: what every AWS SDK does
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html).
 */

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

export interface Unsigned {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const REGION = 'us-east-1';
const SERVICE = 'rekognition';

/**
 * @param now when the request is made; the service takes it for some minutes
 * @returns the headers to send, `authorization` among them. `host` is signed and sent by the browser.
 */
export async function signed(
  { method, url, headers, body }: Unsigned,
  key: AccessKey,
  now: Date,
): Promise<Record<string, string>> {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const date = time.slice(0, 8);
  const sent = { ...headers, 'x-amz-date': time };
  const all = Object.entries({ ...sent, host: url.host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = all.map(([name]) => name).join(';');
  const request = [
    method,
    url.pathname,
    [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&'),
    ...all.map(([name, value]) => `${name}:${value.trim()}`),
    '',
    names,
    hex(await crypto.subtle.digest('SHA-256', bytes(body))),
  ].join('\n');
  const scope = `${date}/${REGION}/${SERVICE}/aws4_request`;
  const digest = hex(await crypto.subtle.digest('SHA-256', bytes(request)));
  let secret: Uint8Array<ArrayBuffer> = bytes(`AWS4${key.secret}`);
  for (const part of [date, REGION, SERVICE, 'aws4_request']) secret = await hmac(secret, part);
  const signature = hex(await hmac(secret, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`));
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${key.id}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

async function hmac(
  secret: Uint8Array<ArrayBuffer>,
  text: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey(
    'raw',
    secret,
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes(text)));
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

export function hex(buffer: ArrayBuffer | Uint8Array): string {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** As RFC 3986 has it: encodeURIComponent leaves five characters too many as they are. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
