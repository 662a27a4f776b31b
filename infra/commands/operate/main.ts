/** `npm run fold` and `npm run verify`, on this machine or in a deployed stack. */
import { CollectionNotFoundError } from '../../../layers/records/index.ts';
import { StoreError } from '../../emulators/storage/index.ts';
import { CommandError, readCommand } from './command.ts';
import { openPlace, PlaceError } from './place.ts';
import { run } from './run.ts';

async function main(): Promise<void> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const command = readCommand(process.argv.slice(2), process.env);
  const opened = await openPlace(command.place);
  try {
    const isWell = await run(command, opened, console.log);
    process.exitCode = isWell ? 0 : 1;
  } finally {
    await opened.close();
  }
}

main().catch((error: unknown) => {
  // What somebody mistyped or left out, or AWS refuses, needs no stack trace.
  console.error(isExpected(error) ? error.message : error);
  process.exit(1);
});

function isExpected(error: unknown): error is Error {
  const fromAws = error instanceof Error && '$metadata' in error;
  const own = [CommandError, PlaceError, CollectionNotFoundError, StoreError];
  return fromAws || own.some((kind) => error instanceof kind);
}
