/**
 * The settings of local mode: flags, else environment variables, else defaults.
 *
 * | flag        | variable         | default       |
 * |-------------|------------------|---------------|
 * | `--port`    | `PORT`           | 8000          |
 * | `--s3-port` | `S3_PORT`        | 8001          |
 * | `--host`    | `HOST`           | 127.0.0.1     |
 * | `--data`    | `RECOLLECT_DATA` | `./.recollect` |
 * | `--fold-at` | `RECOLLECT_FOLD_AT` | 500       |
 *
 * Port 0 means any free port; the one that was found is printed. A tail of as many vectors and deletions
 * as `--fold-at` says is folded into shards.
 */
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';

export interface LocalOptions {
  readonly port: number;
  readonly s3Port: number;
  readonly host: string;
  readonly data: string;
  readonly foldAt: number;
}

/** Everything that is wrong with the settings, in one message. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

export const USAGE = `Usage: npm start -- [--port 8000] [--s3-port 8001] [--host 127.0.0.1] [--data ./.recollect] [--fold-at 500]
The environment variables PORT, S3_PORT, HOST, RECOLLECT_DATA and RECOLLECT_FOLD_AT do the same.`;

/** @throws OptionsError */
export function readOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): LocalOptions {
  const flags = parseFlags(args);
  const host = flags.host ?? (environment['HOST'] || '127.0.0.1');
  const port = flags.port ?? (environment['PORT'] || '8000');
  const s3Port = flags['s3-port'] ?? (environment['S3_PORT'] || '8001');
  const data = flags.data ?? (environment['RECOLLECT_DATA'] || './.recollect');
  const foldAt = flags['fold-at'] ?? (environment['RECOLLECT_FOLD_AT'] || '500');
  const problems = [
    ...(isPort(port) ? [] : [`The port must be a number from 0 to 65535, not "${port}".`]),
    ...(isPort(s3Port) ? [] : [`The S3 port must be a number from 0 to 65535, not "${s3Port}".`]),
    ...(Number(port) === Number(s3Port) && Number(port) !== 0
      ? ['The API and S3 need different ports.']
      : []),
    ...(isLoopback(host)
      ? []
      : [
          `The host must be this machine (127.0.0.1, ::1 or localhost), not "${host}": nobody's requests are checked yet.`,
        ]),
    ...(data === '' ? ['The data folder must have a name.'] : []),
    ...(/^[1-9]\d{0,8}$/.test(foldAt) ? [] : [`A fold needs a number from 1 on, not "${foldAt}".`]),
  ];
  if (problems.length > 0) throw new OptionsError(`${problems.join('\n')}\n${USAGE}`);
  return { host, port: Number(port), s3Port: Number(s3Port), data, foldAt: Number(foldAt) };
}

function parseFlags(args: readonly string[]) {
  try {
    const string = { type: 'string' } as const;
    return parseArgs({
      args: [...args],
      options: { port: string, 's3-port': string, host: string, data: string, 'fold-at': string },
    }).values;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new OptionsError(`${problem}\n${USAGE}`, { cause });
  }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
