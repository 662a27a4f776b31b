/**
 * The scan functions, each for its share of the shards of large indexes. Several functions, since Lambda
 * sends the requests to one of them to any of its environments, and only a function of its own has a memory
 * that a share can be kept in. They cost nothing while nobody searches a large index.
 */
import { Duration, Fn } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { readShards, useKey } from './permissions.ts';
import type { RuntimeSettings } from './runtime-function.ts';
import { Runner, RuntimeFunction } from './runtime-function.ts';
import type { Storage } from './storage.ts';

export interface ScannersProps {
  readonly settings: RuntimeSettings;
  readonly storage: Storage;
  /** MB of each. */
  readonly memory: number;
  readonly count: number;
}

/** Nobody waits longer for an answer. */
const SCAN_TIMEOUT = Duration.seconds(25);

export class Scanners extends Construct {
  readonly functions: readonly IFunction[];

  constructor(scope: Construct, id: string, { settings, storage, memory, count }: ScannersProps) {
    super(scope, id);
    // All may do the same, and say little.
    const permissions = new Runner(
      this,
      [...readShards(storage.shards), ...useKey(this, storage.key)],
      settings.logRetention,
    );
    this.functions = Array.from({ length: count }, (_, index) => {
      const scanner = new RuntimeFunction(this, `Scan${index}`, {
        settings,
        bundle: 'Scan',
        description: `Scans shards of large indexes, ${index + 1} of ${count}`,
        memory,
        timeout: SCAN_TIMEOUT,
        environment: { SHARD_BUCKET: storage.shards.bucketName },
        permissions,
      });
      return scanner.function;
    });
  }

  /** All of them, with commas between. */
  get names(): string {
    return Fn.join(
      ',',
      this.functions.map(({ functionName }) => functionName),
    );
  }
}
