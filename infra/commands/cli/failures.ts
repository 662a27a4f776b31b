/**
 * What goes wrong, in a sentence that says what to do. Whatever people can cause or mend gets no stack trace;
 * whatever they cannot is a fault of ours, and does.
 */

/** What somebody can mend; its message says how. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
}

/** A command line that cannot be carried out. */
export class UsageError extends Failure {
  override readonly name = 'UsageError';

  /** @param problems sentences */
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
  }
}

/** Exit codes; 130 is what a shell makes of an interrupt. */
export const EXIT = { failed: 1, usage: 2, interrupted: 130 } as const;

/** Errors that say all there is to say, by name: the emulators and layers cannot know of this file. */
const SPEAKING: ReadonlySet<string> = new Set([
  'CollectionNotFoundError',
  'StoreDamagedError',
  'StoreError',
  'StoreFullError',
  'StoreInUseError',
  'StoreMissingError',
  'StoreOutdatedError',
  'StoreReadOnlyError',
  'UnknownKeyError',
]);

const SYSTEM: Readonly<Record<string, (subject: string) => string>> = {
  EACCES: (it) =>
    `${it} may not be read or written by you; change its permissions, or name another.`,
  EPERM: (it) => `${it} may not be changed by you; change its permissions, or name another.`,
  EROFS: (it) => `${it} is on a file system that cannot be written to; name another.`,
  ENOSPC: (it) => `There is no room left on the disk of ${it}; make some, and do the same again.`,
  EDQUOT: (it) =>
    `There is no room left for you on the disk of ${it}; make some, and do the same again.`,
  ENOENT: (it) => `${it} does not exist.`,
  ENOTDIR: (it) => `${it} is not a folder, or something above it is not; name another.`,
  EEXIST: (it) => `${it} exists and is not what is expected there; name another.`,
  EISDIR: (it) => `${it} is a folder, where a file is expected.`,
};

/** @returns a sentence or two; undefined for what is a fault of ours */
export function explain(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof Failure || SPEAKING.has(error.name)) return sentence(error.message);
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED') {
    return `Nobody listens on ${addressOf(error)}. Start the service (recollect start), or say where it is with --endpoint.`;
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const host = 'hostname' in error ? String(error.hostname) : 'the host';
    return `${host} cannot be found; check the address and the network.`;
  }
  if (code === 'EADDRINUSE' || (code === 'EACCES' && 'port' in error)) {
    return `The port ${'port' in error ? error.port : ''} cannot be had: something else listens there, or it is not for you. Choose another with --port or --s3-port, or 0 for any.`;
  }
  if (code === 'EADDRNOTAVAIL') return 'That host is no address of this machine; see --host.';
  if (isUnconfigured(error)) {
    return `${sentence(error.message)} Set AWS_REGION, and AWS_PROFILE or the access keys.`;
  }
  if ('$metadata' in error) return `${error.name}: ${sentence(error.message)}`;
  const subject = 'path' in error ? String(error.path) : undefined;
  return subject === undefined ? undefined : SYSTEM[code]?.(subject);
}

function isUnconfigured(error: Error): boolean {
  return error.message === 'Region is missing' || error.name === 'CredentialsProviderError';
}

function addressOf(error: Error): string {
  const at: object = error instanceof AggregateError ? error.errors[0] : error;
  const address = 'address' in at ? String(at.address) : 'this address';
  return 'port' in at ? `${address}:${at.port}` : address;
}

function sentence(text: string): string {
  return /[.!?)]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}
