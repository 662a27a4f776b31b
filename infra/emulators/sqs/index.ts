/** Queues for one machine with the rules of SQS, what Lambda does between a queue and a function, and SQS's API. */
export { EventSource, type EventSourceOptions } from './event-source.ts';
export { LocalQueue, type Message, type QueueOptions, type Received } from './queue.ts';
export { SQS_TARGET, SqsApi, SqsError } from './sqs-api.ts';
