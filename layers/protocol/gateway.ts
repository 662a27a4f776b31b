/**
 * The request and the response as API Gateway (REST API, proxy integration) hands them to a function.
 * The local server makes the same event, so that the same handler runs in both places.
 */
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';

/** The members of the event that are read; API Gateway sends more. */
export interface GatewayEvent
  extends Pick<
    APIGatewayProxyEvent,
    'httpMethod' | 'path' | 'headers' | 'body' | 'isBase64Encoded'
  > {
  readonly requestContext: Pick<APIGatewayProxyEvent['requestContext'], 'requestId' | 'accountId'>;
}

export type GatewayResult = APIGatewayProxyResult;

export type FunctionContext = Pick<Context, 'awsRequestId'>;

/** A header by its lower-case name, whatever case the client or the gateway chose. */
export function header(event: GatewayEvent, name: string): string | undefined {
  const found = Object.entries(event.headers).find(([key]) => key.toLowerCase() === name);
  return found?.[1];
}

/** The body as received: signatures cover these bytes. */
export function rawBody(event: GatewayEvent): Buffer {
  return Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
}
