/**
 * What a request says of who makes it: the `Authorization` header, taken apart. Nothing is verified here.
 * No text of an error repeats the header: it may hold a secret.
 *
 *     AWS4-HMAC-SHA256 Credential=<id>/<yyyymmdd>/<region>/<service>/aws4_request,
 *                      SignedHeaders=<names;of;headers>, Signature=<64 hexadecimal digits>
 *     Bearer <id>.<secret>
 */
import { ServiceError } from '../errors.ts';
import { isKeyId } from './access-key.ts';

export interface Signature {
  readonly scheme: 'sigv4';
  readonly accessKeyId: string;
  readonly scope: Scope;
  /** Lower-case, in the order given. */
  readonly signedHeaders: readonly string[];
  /** As given: may be anything. */
  readonly value: string;
  readonly signedAt: SigningTime;
}

export interface Scope {
  /** `yyyymmdd` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** `aws4_request` if the client is right. */
  readonly terminator: string;
}

export interface SigningTime {
  /** The header it is from, which must be signed. */
  readonly header: 'x-amz-date' | 'date';
  /** `yyyymmddThhmmssZ` */
  readonly timestamp: string;
  /** Milliseconds since the epoch. */
  readonly instant: number;
}

export interface BearerToken {
  readonly scheme: 'bearer';
  readonly accessKeyId: string;
  readonly secret: string;
}

export type Headers = ReadonlyMap<string, string>;

const SCHEME = /^(\S+)\s*(.*)$/s;
const TIMESTAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const NO_DATE =
  "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";

/**
 * @param headers by lower-case name
 * @throws ServiceError MissingAuthenticationTokenException, IncompleteSignatureException
 */
export function readAuthorization(headers: Headers): Signature | BearerToken {
  const [, scheme, parameters = ''] = SCHEME.exec(headers.get('authorization')?.trim() ?? '') ?? [];
  if (scheme === undefined) {
    throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  return /^bearer$/i.test(scheme)
    ? readBearer(parameters)
    : readSignature(scheme === 'AWS4-HMAC-SHA256' ? parameters : '', headers);
}

/** What a request says of itself, read as the verifier reads it; that it is true is for the verifier to find. */
export interface Claim {
  /** `undefined` unless it has the form of a key's id. */
  readonly keyId: string | undefined;
  /** The region that it is signed for. */
  readonly region: string | undefined;
}

export function claimOf(headers: Headers): Claim {
  const [, scheme = '', parameters = ''] = SCHEME.exec(headers.get('authorization') ?? '') ?? [];
  const isBearer = /^bearer$/i.test(scheme);
  const credential = isBearer ? parameters : (parametersOf(parameters).get('Credential') ?? '');
  const [keyId = '', , region = ''] = credential.trim().split(isBearer ? '.' : '/');
  return {
    keyId: isKeyId(keyId) ? keyId : undefined,
    region: !isBearer && /^[a-z0-9-]+$/.test(region) ? region : undefined,
  };
}

/** `yyyymmddThhmmssZ` @param instant milliseconds since the epoch */
export function formatTimestamp(instant: number): string {
  return new Date(instant).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function readBearer(token: string): BearerToken {
  const [, accessKeyId, secret] = /^([^.\s]+)\.(\S+)$/.exec(token.trim()) ?? [];
  if (accessKeyId === undefined || secret === undefined) {
    throw incomplete("'Bearer' must be followed by <access key id>.<secret access key>.");
  }
  return { scheme: 'bearer', accessKeyId, secret };
}

function readSignature(text: string, headers: Headers): Signature {
  const parameters = parametersOf(text);
  const credential = parameters.get('Credential');
  const value = parameters.get('Signature');
  const signedHeaders = parameters.get('SignedHeaders');
  const dated = headers.has('x-amz-date') || headers.has('date');
  if (!credential || !value || !signedHeaders || !dated) {
    const required = { Credential: credential, Signature: value, SignedHeaders: signedHeaders };
    const missing = Object.entries(required)
      .filter(([, given]) => !given)
      .map(([name]) => `Authorization header requires '${name}' parameter.`);
    throw incomplete([...missing, ...(dated ? [] : [NO_DATE])].join(' '));
  }
  return {
    scheme: 'sigv4',
    ...readCredential(credential),
    signedHeaders: signedHeaders.split(';').map((name) => name.toLowerCase()),
    value,
    signedAt: readSigningTime(headers),
  };
}

/** Of a parameter that comes twice, the last one counts: for the verifier as for the log. */
function parametersOf(text: string): Map<string, string> {
  return new Map(
    text.split(',').map((part): [string, string] => {
      const [name = '', ...value] = part.trim().split('=');
      return [name, value.join('=')];
    }),
  );
}

function readCredential(credential: string): Pick<Signature, 'accessKeyId' | 'scope'> {
  const [accessKeyId, date, region, service, terminator, ...more] = credential.split('/');
  if (
    !accessKeyId ||
    date === undefined ||
    region === undefined ||
    service === undefined ||
    terminator === undefined ||
    more.length > 0
  ) {
    throw incomplete(
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.',
    );
  }
  return { accessKeyId, scope: { date, region, service, terminator } };
}

function readSigningTime(headers: Headers): SigningTime {
  const own = headers.get('x-amz-date');
  const given = own ?? headers.get('date') ?? '';
  const header = own === undefined ? 'date' : 'x-amz-date';
  const instant = Date.parse(given.replace(TIMESTAMP, '$1-$2-$3T$4:$5:$6Z'));
  // A `Date` may also be in the form of HTTP; what is signed is its ISO form.
  if (Number.isNaN(instant) || (header === 'x-amz-date' && !TIMESTAMP.test(given))) {
    throw incomplete(`Date must be in ISO-8601 'basic format'. Got '${given.slice(0, 40)}'.`);
  }
  return { header, instant, timestamp: formatTimestamp(instant) };
}

function incomplete(message: string): ServiceError {
  return new ServiceError('IncompleteSignatureException', message);
}
