/**
 * A Lambda function URL sends another event than API Gateway's (payload format 2.0), with the same in it.
 */
import type { Context, LambdaFunctionURLEvent } from 'aws-lambda';
import type { GatewayEvent } from '../../layers/protocol/index.ts';

export function isFunctionUrlEvent(
  event: GatewayEvent | LambdaFunctionURLEvent,
): event is LambdaFunctionURLEvent {
  return 'version' in event && event.version === '2.0';
}

/**
 * @param context names the account: of a URL that asks AWS for no authentication, the event says
 *   `anonymous`
 */
export function fromFunctionUrl(
  event: LambdaFunctionURLEvent,
  { invokedFunctionArn }: Pick<Context, 'invokedFunctionArn'>,
): GatewayEvent {
  const { requestContext, rawPath, rawQueryString, headers, body, isBase64Encoded } = event;
  return {
    httpMethod: requestContext.http.method,
    path: rawPath,
    headers,
    multiValueQueryStringParameters: queryParameters(rawQueryString),
    body: body ?? null,
    isBase64Encoded,
    requestContext: {
      requestId: requestContext.requestId,
      accountId: invokedFunctionArn.split(':')[4] ?? '',
      path: rawPath,
      identity: { sourceIp: requestContext.http.sourceIp },
    },
  };
}

function queryParameters(query: string): Record<string, string[]> {
  const parameters: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = [...(parameters[name] ?? []), value];
  }
  return parameters;
}
