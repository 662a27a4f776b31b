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
 * | `--auth`    | `RECOLLECT_AUTH` | off           |
 * | `--create-collections` | `RECOLLECT_CREATE_COLLECTIONS` | off |
 * | `--after-upload` | `RECOLLECT_AFTER_UPLOAD` | keep |
 * | `--public-host` | `RECOLLECT_PUBLIC_HOST` | none |
 * | `--no-judgements` | `RECOLLECT_JUDGEMENTS=0` | off |
 *
 * Port 0 means any free port; the one that was found is printed. A tail of as many vectors and deletions
 * as `--fold-at` says is folded into shards.
 *
 * A photograph that is put into the upload bucket for a collection that does not exist is rejected, or with
 * `--create-collections` creates it. `--after-upload` says what is done with a photograph that was indexed:
 * keep, tag or delete.
 *
 * With `--auth` every request needs an access key. On any other address than this machine's own it needs one
 * in any case. `--public-host` names the server as clients see it, where a proxy in front of it changes the
 * `Host` header that they sign; several names are separated by commas.
 *
 * With `--no-judgements` emotions, gender and age are never told: DetectFaces and IndexFaces leave them out as
 * if nobody had asked.
 */
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import type { Afterwards } from '../../functions/uploads/uploads.ts';

export interface LocalOptions {
  readonly port: number;
  readonly s3Port: number;
  readonly host: string;
  readonly data: string;
  readonly foldAt: number;
  /** Whether an upload creates a collection that does not exist. Default false. */
  readonly createCollections?: boolean;
  /** What is done with an upload that was indexed. Default keep. */
  readonly afterUpload?: Afterwards;
  /** Bytes of shards beyond which threads scan an index; no flag, since only tests need another. */
  readonly fanOutBytes?: number;
  /** Every request needs an access key. Default: only where the host is not this machine. */
  readonly auth?: boolean;
  /** Names (with port, if any) that clients may have signed in place of the `Host` header. */
  readonly publicHosts?: readonly string[];
  /** Whether emotions, gender and age are told to those who ask. Default: yes. */
  readonly judgements?: boolean;
}

/** Everything that is wrong with the settings, in one message. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

const AFTERWARDS: readonly Afterwards[] = ['keep', 'tag', 'delete'];

export const USAGE = `Usage: npm start -- [--port 8000] [--s3-port 8001] [--host 127.0.0.1] [--data ./.recollect] [--fold-at 500] [--create-collections] [--after-upload keep|tag|delete] [--auth] [--public-host NAME] [--no-judgements]
The environment variables PORT, S3_PORT, HOST, RECOLLECT_DATA, RECOLLECT_FOLD_AT, RECOLLECT_CREATE_COLLECTIONS=1, RECOLLECT_AFTER_UPLOAD, RECOLLECT_AUTH=1, RECOLLECT_PUBLIC_HOST and RECOLLECT_JUDGEMENTS=0 do the same.`;

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
  const createText = environment['RECOLLECT_CREATE_COLLECTIONS'];
  const after = flags['after-upload'] ?? (environment['RECOLLECT_AFTER_UPLOAD'] || 'keep');
  const afterUpload = AFTERWARDS.find((one) => one === after);
  const authText = environment['RECOLLECT_AUTH'];
  const judgementsText = environment['RECOLLECT_JUDGEMENTS'];
  const publicHosts = (flags['public-host'] ?? environment['RECOLLECT_PUBLIC_HOST'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const problems = [
    ...(isPort(port) ? [] : [`The port must be a number from 0 to 65535, not "${port}".`]),
    ...(isPort(s3Port) ? [] : [`The S3 port must be a number from 0 to 65535, not "${s3Port}".`]),
    ...(Number(port) === Number(s3Port) && Number(port) !== 0
      ? ['The API and S3 need different ports.']
      : []),
    ...(host === 'localhost' || isIP(host) !== 0
      ? []
      : [`The host must be an address of this machine, such as 0.0.0.0 for all, not "${host}".`]),
    ...(isSwitch(createText)
      ? []
      : [`RECOLLECT_CREATE_COLLECTIONS must be 1 or 0, not "${createText}".`]),
    ...(afterUpload === undefined
      ? [`What is done after an upload must be ${AFTERWARDS.join(', ')}, not "${after}".`]
      : []),
    ...(isSwitch(authText) ? [] : [`RECOLLECT_AUTH must be 1 or 0, not "${authText}".`]),
    ...(isSwitch(judgementsText)
      ? []
      : [`RECOLLECT_JUDGEMENTS must be 1 or 0, not "${judgementsText}".`]),
    ...publicHosts
      .filter((name) => !/^[a-zA-Z0-9.-]+(:\d{1,5})?$/.test(name))
      .map((name) => `A public host is a name, perhaps with a port, not "${name}".`),
    ...(data === '' ? ['The data folder must have a name.'] : []),
    ...(/^[1-9]\d{0,8}$/.test(foldAt) ? [] : [`A fold needs a number from 1 on, not "${foldAt}".`]),
  ];
  if (problems.length > 0) throw new OptionsError(`${problems.join('\n')}\n${USAGE}`);
  return {
    host,
    port: Number(port),
    s3Port: Number(s3Port),
    data,
    foldAt: Number(foldAt),
    createCollections: flags['create-collections'] ?? createText === '1',
    afterUpload: afterUpload ?? 'keep',
    auth: flags.auth ?? authText === '1',
    publicHosts,
    judgements: !flags['no-judgements'] && judgementsText !== '0',
  };
}

function parseFlags(args: readonly string[]) {
  try {
    const string = { type: 'string' } as const;
    return parseArgs({
      args: [...args],
      options: {
        port: string,
        's3-port': string,
        host: string,
        data: string,
        'fold-at': string,
        'create-collections': { type: 'boolean' },
        'after-upload': string,
        auth: { type: 'boolean' },
        'public-host': string,
        'no-judgements': { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new OptionsError(`${problem}\n${USAGE}`, { cause });
  }
}

/** Whether a variable is on, off or not set. */
function isSwitch(text: string | undefined): boolean {
  return text === undefined || ['', '0', '1'].includes(text);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

/** Whether only programs on this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
