/**
 * Messages of a queue, one after the other, with a partial answer: those that failed come again, those
 * that succeeded do not.
 */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

/**
 * @param work on the body of a message, and what else SQS says of it
 * @param warn told of each failure
 * @returns the messages that failed; in a FIFO queue also those that came after one of their group
 */
export async function eachMessage(
  { Records }: SQSEvent,
  work: (body: string, message: SQSRecord) => Promise<void>,
  warn: (message: string, error: Error) => void,
): Promise<SQSBatchResponse> {
  const failed: SQSRecord[] = [];
  const stopped = new Set<string>();
  for (const record of Records) {
    const group = record.attributes.MessageGroupId;
    try {
      if (group !== undefined && stopped.has(group)) failed.push(record);
      else await work(record.body, record);
    } catch (error) {
      failed.push(record);
      if (group !== undefined) stopped.add(group);
      const cause = error instanceof Error ? error : new Error(String(error));
      warn(`Message ${record.messageId} failed; it comes again.`, cause);
    }
  }
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
