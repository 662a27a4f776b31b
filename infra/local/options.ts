/** The settings of the service on one machine; `recollect start --help` says what each means. */
import { isIP } from 'node:net';
import type { Afterwards } from '../../functions/uploads/afterwards.ts';

export interface LocalOptions {
  readonly port: number;
  readonly s3Port: number;
  readonly host: string;
  readonly data: string;
  readonly foldAt: number;
  /** Vectors and deletions of a tail that one fold takes, and shards that it rewrites. Default: those of a fold. */
  readonly foldTail?: number | undefined;
  readonly foldRewrites?: number | undefined;
  /** Whether an upload creates a collection that does not exist. Default false. */
  readonly createCollections?: boolean;
  /** What is done with an upload that was indexed. Default keep. */
  readonly afterUpload?: Afterwards;
  /** The most photographs that are looked at at the same time. Default: one for each processor. */
  readonly threads?: number | undefined;
  /** The most photographs that wait; no flag, since only tests need another. */
  readonly waiting?: number;
  /** Bytes of shards beyond which threads scan an index; no flag, since only tests need another. */
  readonly fanOutBytes?: number;
  /** Every request needs an access key. Default: only where the host is not this machine. */
  readonly auth?: boolean;
  /** Names (with port, if any) that clients may have signed in place of the `Host` header. */
  readonly publicHosts?: readonly string[];
  /** Origins of web pages that may call the API, such as `http://localhost:5173`. Default: none. */
  readonly corsOrigins?: readonly string[];
  /** Pictures of a stored video that are looked at in a second. Default 5. */
  readonly videoRate?: number;
  /** Seconds of video that are looked at in one piece; no flag, since only tests need another. */
  readonly videoPartSeconds?: number;
  /** Where to look for FFmpeg: `RECOLLECT_FFMPEG` and `PATH`. Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Whether emotions, gender and age are told to those who ask. Default: yes. */
  readonly judgements?: boolean;
  /** Whether the owner's console is at `/console/`. Default: yes. */
  readonly console?: boolean;
  /** Days for which an audit trail is kept. Default 0: none is. */
  readonly auditDays?: number;
}

/** Whether only programs on this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
