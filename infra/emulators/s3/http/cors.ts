/**
 * Cross-origin requests from browsers, allowed by a bucket's CORS configuration.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
 */
import { S3Error } from '../errors.ts';
import type { Headers } from './request.ts';
import { parseXml } from './xml.ts';

export interface CorsRule {
  /** May hold one `*`. */
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  /** Lower case; may hold one `*`. */
  readonly allowedHeaders: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly maxAgeSeconds: string | undefined;
}

/** @throws S3Error MalformedXML */
export function parseCors(text: string): CorsRule[] {
  return parseXml(text, 'CORSConfiguration')
    .children('CORSRule')
    .map((rule) => ({
      origins: rule.texts('AllowedOrigin'),
      methods: rule.texts('AllowedMethod'),
      allowedHeaders: rule.texts('AllowedHeader').map((header) => header.toLowerCase()),
      exposedHeaders: rule.texts('ExposeHeader'),
      maxAgeSeconds: rule.text('MaxAgeSeconds'),
    }));
}

/** Headers to add to the answer of an ordinary request; none if no rule matches its origin. */
export function corsHeaders(
  rules: readonly CorsRule[],
  method: string,
  headers: Headers,
): Record<string, string> {
  const { origin } = headers;
  const rule = origin && rules.find((candidate) => allows(candidate, origin, method, []));
  return rule ? ruleHeaders(rule, origin) : {};
}

/**
 * The headers that answer a preflight.
 * @throws S3Error AccessDenied if no rule allows what the browser asks
 */
export function preflightHeaders(
  rules: readonly CorsRule[],
  headers: Headers,
): Record<string, string> {
  const { origin } = headers;
  const method = headers['access-control-request-method'];
  const requested = (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((header) => header.trim().toLowerCase())
    .filter((header) => header !== '');
  const rule =
    origin && method && rules.find((candidate) => allows(candidate, origin, method, requested));
  if (!rule) {
    throw new S3Error('AccessDenied', {
      message: 'CORSResponse: This CORS request is not allowed.',
    });
  }
  return {
    ...ruleHeaders(rule, origin),
    'access-control-allow-methods': rule.methods.join(', '),
    ...(requested.length > 0 && { 'access-control-allow-headers': requested.join(', ') }),
    ...(rule.maxAgeSeconds && { 'access-control-max-age': rule.maxAgeSeconds }),
  };
}

function ruleHeaders(rule: CorsRule, origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': rule.origins.includes('*') ? '*' : origin,
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
    ...(rule.exposedHeaders.length > 0 && {
      'access-control-expose-headers': rule.exposedHeaders.join(', '),
    }),
  };
}

function allows(
  rule: CorsRule,
  origin: string,
  method: string,
  requested: readonly string[],
): boolean {
  return (
    rule.methods.includes(method) &&
    rule.origins.some((pattern) => matches(pattern, origin)) &&
    requested.every((header) => rule.allowedHeaders.some((pattern) => matches(pattern, header)))
  );
}

function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
}
