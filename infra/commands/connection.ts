/**
 * How commands reach Recollect: at the address they are given, or on this machine, and never at AWS's own
 * service of the same protocol. Credentials and region are those of any AWS SDK.
 */

export interface Connection {
  readonly endpoint: string;
  readonly region: string;
  /** Undefined to have the SDK find them: environment, profile, and so on. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** A profile of the AWS configuration that has the credentials. */
  readonly profile?: string;
}

export interface ConnectionOptions {
  readonly endpoint?: string | undefined;
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where `npm start` listens. */
export const LOCAL_ENDPOINT = 'http://127.0.0.1:8000';
export const LOCAL_S3_ENDPOINT = 'http://127.0.0.1:8001';

/** @param service as it is in the names of variables, such as `REKOGNITION` */
export function connection(
  { endpoint, profile, region }: ConnectionOptions,
  environment: Environment,
  service: string,
  local: string = LOCAL_ENDPOINT,
): Connection {
  const address =
    endpoint ??
    (environment[`AWS_ENDPOINT_URL_${service}`] || environment['AWS_ENDPOINT_URL'] || local);
  const hasCredentials =
    profile !== undefined ||
    ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'].some(
      (name) => environment[name],
    );
  return {
    endpoint: address,
    region:
      region ?? (environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'] || 'us-east-1'),
    ...(profile === undefined ? {} : { profile }),
    // On this machine any will do, unless keys are asked for; then the server says so.
    ...(!hasCredentials && isLocal(address)
      ? { credentials: { accessKeyId: 'any', secretAccessKey: 'any' } }
      : {}),
  };
}

export function isLocal(endpoint: string): boolean {
  return /^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|\/|$)/.test(endpoint);
}
