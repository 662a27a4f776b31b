/** Events and contexts as API Gateway and Lambda make them. */
import type { Context } from 'aws-lambda';
import type { GatewayEvent } from '../../../layers/protocol/index.ts';

export const REQUEST_ID = '7f1a0b4c-5d6e-4f70-8a91-b2c3d4e5f607';
export const ACCOUNT = '123456789012';

/** A request of plain HTTP. */
export function eventOf(operation: string, body: string): GatewayEvent {
  return {
    httpMethod: 'POST',
    path: `/${operation}`,
    headers: {},
    body,
    isBase64Encoded: false,
    requestContext: { requestId: REQUEST_ID, accountId: ACCOUNT },
  };
}

export const CONTEXT: Context = {
  awsRequestId: 'of-the-function',
  callbackWaitsForEmptyEventLoop: true,
  functionName: 'test',
  functionVersion: '1',
  invokedFunctionArn: '',
  memoryLimitInMB: '128',
  logGroupName: '',
  logStreamName: '',
  getRemainingTimeInMillis: () => 60_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};
