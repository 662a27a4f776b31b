/**
 * The owner's console as files: for the server on one machine and for the function behind an address on AWS.
 *
 * It is a page of the API's own address, so that its calls come from the same origin, and it is allowed nothing but
 * those: no script, style or picture from elsewhere, no text that becomes a script, no frame around it.
 */
import { createHash } from 'node:crypto';
import { PAGE } from './page.ts';

export interface ConsoleFile {
  readonly status: 200 | 304 | 308;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where the page lies, below the address of the API. */
export const CONSOLE_PATH = '/console/';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const TYPES: Readonly<Record<keyof typeof PAGE, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'console.js': 'text/javascript; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/**
 * @param path of the request, below the address of the API
 * @param known the value of `If-None-Match`
 * @returns undefined for what is no file of the page
 */
export function consoleFile(path: string, known?: string): ConsoleFile | undefined {
  if (path === CONSOLE_PATH.slice(0, -1)) {
    // Relative, so that it holds below whatever the address is.
    return { status: 308, headers: { Location: 'console/' }, body: '' };
  }
  if (!path.startsWith(CONSOLE_PATH)) return undefined;
  const name = path.slice(CONSOLE_PATH.length) || 'index.html';
  if (!isFile(name)) return undefined;
  const body = PAGE[name];
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = {
    'Content-Type': TYPES[name],
    'Content-Security-Policy': POLICY,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(self), microphone=(), geolocation=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-cache',
    ETag: etag,
  };
  return known === etag ? { status: 304, headers, body: '' } : { status: 200, headers, body };
}

function isFile(name: string): name is keyof typeof PAGE {
  return Object.hasOwn(PAGE, name);
}
