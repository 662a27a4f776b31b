/** Connects to the queues of a command's target, has it carried out, and prints what came of it. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { DEAD_UPLOAD_QUEUE, UPLOAD_QUEUE } from '../../local/upload-queues.ts';
import { EXIT, type Surroundings, withProgress } from '../cli/index.ts';
import { connection } from '../connection.ts';
import { DeadLetters, type QueueNames } from './letters.ts';
import { describe, details, type Request, redrive } from './redrive.ts';

export interface Asked extends Request {
  readonly stack: string | undefined;
  readonly endpoint: string | undefined;
  readonly json: boolean;
}

export async function run(asked: Asked, surroundings: Surroundings): Promise<number> {
  const { environment, print } = surroundings;
  const signal = surroundings.interruption();
  const { client, names } = connect(asked, environment);
  try {
    const outcome = await withProgress(
      surroundings,
      () => 'Reading the queue',
      async () => redrive(asked, await DeadLetters.open(client, names), signal),
    );
    if (asked.json) print(JSON.stringify(details(asked, outcome), null, 2));
    else print(describe(asked, outcome));
  } finally {
    client.destroy();
  }
  return signal.aborted ? EXIT.interrupted : 0;
}

function connect(
  { stack, endpoint }: Pick<Asked, 'stack' | 'endpoint'>,
  environment: Surroundings['environment'],
): { client: SQSClient; names: QueueNames } {
  if (stack === undefined) {
    return {
      client: new SQSClient(connection({ endpoint }, environment, 'SQS')),
      names: { uploads: UPLOAD_QUEUE, deadLetters: DEAD_UPLOAD_QUEUE },
    };
  }
  return {
    client: new SQSClient({}),
    names: { uploads: `${stack}-uploads`, deadLetters: `${stack}-dead-uploads` },
  };
}
