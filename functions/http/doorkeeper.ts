/**
 * Who may come to a port at all, before anything is read of a request: no web page, unless it was asked in.
 *
 * - The `Host` must be an address, this machine's own name for itself, or a name that is configured. A page
 *   whose name was made to point here (DNS rebinding) has a name of its own: 421.
 * - A request that a page of another origin makes says so, in `Origin` or `Sec-Fetch-Site`: 403, unless that
 *   origin is configured. Programs send neither.
 *
 * Pure.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

export interface DoorSettings {
  /** Names by which clients know the server, perhaps with a port; any where something in front has seen to it. */
  readonly hosts: readonly string[] | 'any';
  /** Origins of pages that may use it, such as `http://localhost:5173`. */
  readonly origins: readonly string[];
}

export interface Visitor {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Refused {
  readonly status: 403 | 421;
  readonly message: string;
}

/** @returns undefined for who may come in */
export function refusal(visitor: Visitor, settings: DoorSettings): Refused | undefined {
  const { headers } = visitor;
  if (!isKnownHost(headers.host, settings.hosts)) {
    return {
      status: 421,
      message:
        'The Host of this request is no address of this server. If clients know it by that name, start it with --public-host.',
    };
  }
  const origin = originOf(headers);
  if (origin !== undefined && isAllowed(origin, settings.origins)) return undefined;
  if (isFromElsewhere(visitor, origin)) {
    return {
      status: 403,
      message:
        'Requests of web pages are refused. To let the pages of an origin in, start the server with --cors.',
    };
  }
  return undefined;
}

/** The headers that let a page of an allowed origin read the answer; none for others. */
export function corsHeaders(
  { method, headers }: Visitor,
  { origins }: DoorSettings,
): Record<string, string> {
  const origin = originOf(headers);
  if (origin === undefined || !isAllowed(origin, origins)) return {};
  const shared = { 'Access-Control-Allow-Origin': origin, Vary: 'Origin' };
  if (!isPreflight({ method, headers })) {
    return { ...shared, 'Access-Control-Expose-Headers': 'x-amzn-RequestId, ETag, Date' };
  }
  const asked = headers['access-control-request-headers'];
  return {
    ...shared,
    'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, DELETE',
    // Whatever the SDK sends: signatures cover what matters.
    ...(asked === undefined ? {} : { 'Access-Control-Allow-Headers': asked }),
    'Access-Control-Max-Age': '600',
  };
}

export function isPreflight({ method, headers }: Visitor): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** Whether somebody follows a link, or types an address, to have a page shown. */
function isNavigation({ method, headers }: Visitor): boolean {
  return method === 'GET' && headers['sec-fetch-mode'] === 'navigate';
}

function isKnownHost(host: string | undefined, names: DoorSettings['hosts']): boolean {
  if (names === 'any') return true;
  // HTTP/1.0 has none; browsers always send it.
  if (host === undefined) return true;
  const known = names.map((name) => name.toLowerCase());
  const given = host.toLowerCase();
  const name = given.replace(/:\d+$/, '').replace(/\.$/, '');
  return (
    known.includes(given) ||
    known.includes(name) ||
    isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 ||
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    // A name without a dot is nobody's on the internet: of a container, or of a machine nearby.
    /^[a-z0-9_-]+$/.test(name)
  );
}

/** @returns `null` as text for a page that hides where it is from */
function originOf(headers: IncomingHttpHeaders): string | undefined {
  return headers.origin;
}

function isAllowed(origin: string, origins: readonly string[]): boolean {
  return origins.includes(origin);
}

function isFromElsewhere(visitor: Visitor, origin: string | undefined): boolean {
  const { host } = visitor.headers;
  const site = visitor.headers['sec-fetch-site'];
  const isOwn = host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
  if (origin !== undefined && !isOwn) return true;
  const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
  return isForeign && !isNavigation(visitor);
}
