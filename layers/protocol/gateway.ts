/**
 * The request and the response as API Gateway (REST API, proxy integration) hands them to a function.
 * The local server makes the same event, so that the same handler runs in both places.
 */
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';

/**
 * The members of the event that are read; API Gateway sends more.
 *
 * `path` is without the stage, `requestContext.path` is what the client asked for; behind a domain with a base path,
 * both have that in front. `resource` is the route, where there are routes. `headers` has the last value of a header
 * that came repeatedly, `multiValueHeaders` has all.
 */
export interface GatewayEvent
  extends Pick<
      APIGatewayProxyEvent,
      'httpMethod' | 'path' | 'headers' | 'body' | 'isBase64Encoded'
    >,
    Partial<
      Pick<
        APIGatewayProxyEvent,
        'resource' | 'multiValueHeaders' | 'multiValueQueryStringParameters'
      >
    > {
  readonly requestContext: Pick<APIGatewayProxyEvent['requestContext'], 'requestId' | 'accountId'> &
    Partial<Pick<APIGatewayProxyEvent['requestContext'], 'path'>> & {
      readonly identity?: Pick<APIGatewayProxyEvent['requestContext']['identity'], 'sourceIp'>;
    };
}

/** What is asked for: `/`, or `/` and the name of an operation. */
export function routeOf({ resource, path }: GatewayEvent): string {
  return resource ?? path;
}

export type GatewayResult = APIGatewayProxyResult;

export type FunctionContext = Pick<Context, 'awsRequestId'>;

/** A request with what several steps read of it, each read once. */
export interface GatewayRequest {
  readonly event: GatewayEvent;
  /** By lower-case name; the values of one that came repeatedly are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: RequestBody;
}

export function receive(event: GatewayEvent): GatewayRequest {
  return { event, headers: headersOf(event), body: new RequestBody(event) };
}

/**
 * A body, as bytes for signatures and as text for JSON. A photograph makes it 7 MB, so each is made when it
 * is first asked for, and once.
 */
export class RequestBody {
  readonly #event: Pick<GatewayEvent, 'body' | 'isBase64Encoded'>;
  #bytes: Buffer | undefined;
  #text: string | undefined;

  constructor(event: Pick<GatewayEvent, 'body' | 'isBase64Encoded'>) {
    this.#event = event;
  }

  /** As received: signatures cover these. */
  get bytes(): Buffer {
    const { body, isBase64Encoded } = this.#event;
    this.#bytes ??= Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
    return this.#bytes;
  }

  get text(): string {
    const { body, isBase64Encoded } = this.#event;
    this.#text ??= isBase64Encoded ? this.bytes.toString('utf8') : (body ?? '');
    return this.#text;
  }
}

function headersOf(event: GatewayEvent): ReadonlyMap<string, string> {
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

/** The parameters of the query, decoded, in no particular order. */
export function queryOf(event: GatewayEvent): [name: string, value: string][] {
  return Object.entries(event.multiValueQueryStringParameters ?? {}).flatMap(([name, values]) =>
    (values ?? []).map((value): [string, string] => [name, value]),
  );
}
