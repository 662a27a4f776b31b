/** `npm run keys`: creates, lists and revokes access keys, on this machine or in a deployed stack. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { SSMClient } from '@aws-sdk/client-ssm';
import { operations } from '../../../functions/operations.ts';
import type { KeyStore } from '../../../layers/protocol/keys/index.ts';
import {
  FileKeyStore,
  keyPrefix,
  SsmKeyStore,
  UnknownKeyError,
} from '../../../layers/protocol/keys/index.ts';
import { CommandError, type Place, readCommand } from './command.ts';
import { run } from './run.ts';

async function main(): Promise<void> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const names = operations.map(({ name }) => name);
  const command = readCommand(process.argv.slice(2), process.env, names);
  const store = openStore(command.place);
  console.log(await run(command, { store, random: randomBytes, now: new Date() }));
}

function openStore(place: Place): KeyStore {
  return place.kind === 'folder'
    ? new FileKeyStore(path.join(place.data, 'keys'))
    : new SsmKeyStore(new SSMClient({}), keyPrefix(place.stack));
}

main().catch((error: unknown) => {
  // What somebody mistyped or left out, or AWS refuses, needs no stack trace.
  if (isUnconfigured(error)) console.error(`${error.message}. Set AWS_REGION and AWS_PROFILE.`);
  else console.error(isExpected(error) ? error.message : error);
  process.exit(1);
});

function isUnconfigured(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (error.message === 'Region is missing' || error.name === 'CredentialsProviderError')
  );
}

function isExpected(error: unknown): error is Error {
  const fromAws = error instanceof Error && '$metadata' in error;
  return fromAws || error instanceof CommandError || error instanceof UnknownKeyError;
}
