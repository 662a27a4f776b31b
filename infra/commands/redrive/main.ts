/** `npm run redrive`: shows uploads that could not be indexed, and has chosen ones tried again. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { DEAD_UPLOAD_QUEUE, UPLOAD_QUEUE } from '../../local/upload-queues.ts';
import { connection } from '../connection.ts';
import { type RedriveCommand, RedriveCommandError, readRedriveCommand } from './command.ts';
import { DeadLetters, type QueueNames } from './letters.ts';
import { run } from './run.ts';

async function main(): Promise<void> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const command = readRedriveCommand(process.argv.slice(2));
  const { client, names } = connect(command);
  console.log(await run(command, await DeadLetters.open(client, names)));
  client.destroy();
}

function connect({ stack, endpoint }: RedriveCommand): { client: SQSClient; names: QueueNames } {
  if (stack === undefined) {
    return {
      client: new SQSClient(connection({ endpoint }, process.env, 'SQS')),
      names: { uploads: UPLOAD_QUEUE, deadLetters: DEAD_UPLOAD_QUEUE },
    };
  }
  return {
    client: new SQSClient({}),
    names: { uploads: `${stack}-uploads`, deadLetters: `${stack}-dead-uploads` },
  };
}

main().catch((error: unknown) => {
  // What somebody mistyped, AWS refuses, or where nobody listens, needs no stack trace.
  const isExpected =
    error instanceof RedriveCommandError ||
    (error instanceof Error && ('$metadata' in error || 'code' in error));
  console.error(isExpected ? (error as Error).message : error);
  process.exit(1);
});
