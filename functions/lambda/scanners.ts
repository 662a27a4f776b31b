/** The scan functions of the stack, as a search calls them. */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { ScanFunction } from '../../layers/vectors/index.ts';
import { decodeAnswer, encodeTask, ScannersBusyError } from '../../layers/vectors/index.ts';

/** Errors of Lambda that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set([
  'TooManyRequestsException',
  'EC2ThrottledException',
  'ResourceNotReadyException',
]);

/** A scan function died, or threw. */
export class ScanFunctionError extends Error {
  override readonly name = 'ScanFunctionError';
}

/** @param client that does not try again by itself: what goes wrong is for the fan-out to judge */
export function lambdaScanner(client: LambdaClient, functionName: string): ScanFunction {
  return async (task, signal) => {
    const { FunctionError, Payload } = await client
      .send(
        new InvokeCommand({
          FunctionName: functionName,
          Payload: Buffer.from(JSON.stringify(encodeTask(task))),
        }),
        { abortSignal: signal },
      )
      .catch((error: Error) => {
        throw PASSING.has(error.name) ? new ScannersBusyError({ cause: error }) : error;
      });
    const text = Payload?.transformToString() ?? '';
    if (FunctionError !== undefined) throw failureOf(functionName, text);
    return decodeAnswer(JSON.parse(text));
  };
}

/** What a function that failed has answered: `errorType` and `errorMessage`, as JSON. */
function failureOf(functionName: string, text: string): Error {
  const failure = new ScanFunctionError(`${functionName} failed: ${text.slice(0, 500)}`);
  return text.includes('Sandbox.Timedout') ? new ScannersBusyError({ cause: failure }) : failure;
}
