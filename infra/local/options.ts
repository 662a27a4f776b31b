/**
 * The settings of local mode: flags, else environment variables, else defaults.
 *
 * | flag        | variable         | default       |
 * |-------------|------------------|---------------|
 * | `--port`    | `PORT`           | 8000          |
 * | `--s3-port` | `S3_PORT`        | 8001          |
 * | `--host`    | `HOST`           | 127.0.0.1     |
 * | `--data`    | `RECOLLECT_DATA` | `./.recollect` |
 *
 * Port 0 means any free port; the one that was found is printed.
 */
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';

export interface LocalOptions {
  readonly port: number;
  readonly s3Port: number;
  readonly host: string;
  readonly data: string;
}

/** Everything that is wrong with the settings, in one message. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

export const USAGE = `Usage: npm start -- [--port 8000] [--s3-port 8001] [--host 127.0.0.1] [--data ./.recollect]
The environment variables PORT, S3_PORT, HOST and RECOLLECT_DATA do the same.`;

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
  const problems = [
    ...(isPort(port) ? [] : [`The port must be a number from 0 to 65535, not "${port}".`]),
    ...(isPort(s3Port) ? [] : [`The S3 port must be a number from 0 to 65535, not "${s3Port}".`]),
    ...(port === s3Port && port !== '0' ? ['The API and S3 need different ports.'] : []),
    ...(isLoopback(host)
      ? []
      : [
          `The host must be this machine (127.0.0.1, ::1 or localhost), not "${host}": nobody's requests are checked yet.`,
        ]),
    ...(data === '' ? ['The data folder must have a name.'] : []),
  ];
  if (problems.length > 0) throw new OptionsError(`${problems.join('\n')}\n${USAGE}`);
  return { host, port: Number(port), s3Port: Number(s3Port), data };
}

function parseFlags(args: readonly string[]) {
  try {
    const string = { type: 'string' } as const;
    return parseArgs({
      args: [...args],
      options: { port: string, 's3-port': string, host: string, data: string },
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
