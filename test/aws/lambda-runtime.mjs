/**
 * What Lambda's runtime does with a function, in a process of its own: loads the handler from the current
 * folder, then answers each message `{ id, event, requestId, timeout }` with `{ id, cpu, result }` or
 * `{ id, cpu, error }`. Says `{ ready: { start, load } }` when it can. Times are milliseconds of processor
 * time: of starting Node, of loading the function, of an answer.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const start = cpu();
const { handler } = await import(pathToFileURL(path.resolve('index.mjs')).href);
const load = cpu() - start;

process.on('message', async ({ id, event, requestId, timeout }) => {
  const before = cpu();
  const deadline = Date.now() + timeout;
  const context = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    invokedFunctionArn: `arn:aws:lambda:eu-central-1:123456789012:function:${process.env.AWS_LAMBDA_FUNCTION_NAME}`,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    // What Lambda hands on is JSON.
    const result = JSON.parse(JSON.stringify((await handler(event, context)) ?? null));
    process.send({ id, cpu: cpu() - before, result });
  } catch (error) {
    process.send({ id, cpu: cpu() - before, error: String(error?.stack ?? error) });
  }
});
process.send({ ready: { start, load } });
