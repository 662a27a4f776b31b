/**
 * The one place where results and errors take the shape of the wire (AWS JSON 1.1).
 *
 * Errors of the model: `{"__type", "Code", "Logref", "Message"}`. Errors of the framework: `{"__type",
 * "message"}`. The AWS CLI and boto3 read `__type` in the body and nothing else.
 */
import { ServiceError } from './errors.ts';
import type { GatewayResult } from './gateway.ts';

/** SDKs get what the service sends; callers of plain HTTP get what their tools know. */
export type ContentType = 'application/x-amz-json-1.1' | 'application/json';

export function success(body: string, requestId: string, contentType: ContentType): GatewayResult {
  return respond(200, body, requestId, contentType);
}

export function failure(
  error: ServiceError,
  requestId: string,
  contentType: ContentType,
): GatewayResult {
  const { name, message } = error;
  const body = error.modelled
    ? { __type: name, Code: name, Logref: requestId, Message: message }
    : { __type: name, message };
  return respond(error.status, JSON.stringify(body), requestId, contentType);
}

/** What is not a {@link ServiceError} is a fault of ours; its details belong in the log alone. */
export function asServiceError(error: unknown): ServiceError {
  return error instanceof ServiceError
    ? error
    : new ServiceError('InternalServerError', 'Internal server error', { cause: error });
}

function respond(
  statusCode: number,
  body: string,
  requestId: string,
  contentType: ContentType,
): GatewayResult {
  return {
    statusCode,
    headers: { 'Content-Type': contentType, 'x-amzn-RequestId': requestId },
    body,
    isBase64Encoded: false,
  };
}
