/**
 * The request and the response as API Gateway (REST API, proxy integration) hands them to a function.
 * The local server makes the same event, so that the same handler runs in both places.
 */
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';

/**
 * The members of the event that are read; API Gateway sends more.
 *
 * `path` is without the stage, `requestContext.path` is what the client asked for. `headers` has the last
 * value of a header that came repeatedly, `multiValueHeaders` has all.
 */
export interface GatewayEvent
  extends Pick<
      APIGatewayProxyEvent,
      'httpMethod' | 'path' | 'headers' | 'body' | 'isBase64Encoded'
    >,
    Partial<Pick<APIGatewayProxyEvent, 'multiValueHeaders' | 'multiValueQueryStringParameters'>> {
  readonly requestContext: Pick<APIGatewayProxyEvent['requestContext'], 'requestId' | 'accountId'> &
    Partial<Pick<APIGatewayProxyEvent['requestContext'], 'path'>>;
}

export type GatewayResult = APIGatewayProxyResult;

export type FunctionContext = Pick<Context, 'awsRequestId'>;

/** All headers by lower-case name; the values of one that came repeatedly are joined by commas. */
export function headersOf(event: GatewayEvent): Map<string, string> {
  const headers = new Map<string, string>();
  // The console's test button sends null where there are none.
  for (const [name, value] of Object.entries(event.headers ?? {})) {
    if (value !== undefined) headers.set(name.toLowerCase(), value);
  }
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    if (values !== undefined) headers.set(name.toLowerCase(), values.join(','));
  }
  return headers;
}

/** A header by its lower-case name, whatever case the client or the gateway chose. */
export function header(event: GatewayEvent, name: string): string | undefined {
  return headersOf(event).get(name);
}

/** The parameters of the query, decoded, in no particular order. */
export function queryOf(event: GatewayEvent): [name: string, value: string][] {
  return Object.entries(event.multiValueQueryStringParameters ?? {}).flatMap(([name, values]) =>
    (values ?? []).map((value): [string, string] => [name, value]),
  );
}

/** The body as received: signatures cover these bytes. */
export function rawBody(event: GatewayEvent): Buffer {
  return Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
}
