/**
 * What API Gateway answers by itself, in the form in which SDKs read errors: `__type` and `message`, and
 * the same type in the header, where API Gateway would put names of its own. What it says of a body of more than
 * 10 MB cannot be changed.
 */
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { ResponseType } from 'aws-cdk-lib/aws-apigateway';

interface Answer {
  readonly response: ResponseType;
  readonly status: string;
  /** As the operations would call it. */
  readonly type: string;
  readonly message: string;
}

const ANSWERS: readonly Answer[] = [
  {
    response: ResponseType.THROTTLED,
    status: '429',
    type: 'ThrottlingException',
    message: 'Slow down; sudden increase in rate of requests.',
  },
  {
    response: ResponseType.QUOTA_EXCEEDED,
    status: '429',
    type: 'ThrottlingException',
    message: 'Slow down; sudden increase in rate of requests.',
  },
  // What has this name is a request for which there is no route.
  {
    response: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    status: '400',
    type: 'UnknownOperationException',
    message:
      'There is nothing here. POST / with the header X-Amz-Target: RekognitionService.<Operation>, or POST /<Operation>.',
  },
  {
    response: ResponseType.RESOURCE_NOT_FOUND,
    status: '400',
    type: 'UnknownOperationException',
    message: 'Unknown operation.',
  },
  {
    response: ResponseType.ACCESS_DENIED,
    status: '403',
    type: 'AccessDeniedException',
    message: 'Access denied.',
  },
  {
    response: ResponseType.WAF_FILTERED,
    status: '403',
    type: 'AccessDeniedException',
    message: 'Access denied.',
  },
  // Lambda refused the invocation: as many run as the account or a setting allows, or more than its 6 MiB were
  // sent. One answer has to do for both; a function that dies is a BAD_GATEWAY, for which the default is.
  {
    response: ResponseType.INTEGRATION_FAILURE,
    status: '429',
    type: 'ThrottlingException',
    message:
      'Lambda did not take the request. Too many are under way: try again. If it has a photograph of more than 4.5 MiB: put that into an S3 bucket and name it in Image.S3Object.',
  },
  {
    response: ResponseType.INTEGRATION_TIMEOUT,
    status: '504',
    type: 'InternalServerError',
    message: 'The function did not answer in time.',
  },
  {
    response: ResponseType.DEFAULT_4XX,
    status: '400',
    type: 'InvalidParameterException',
    message: 'Request has Invalid Parameters',
  },
  {
    response: ResponseType.DEFAULT_5XX,
    status: '500',
    type: 'InternalServerError',
    message: 'Internal server error.',
  },
];

/** @param forPages whether web pages may read what is answered, which is nothing secret */
export function addGatewayResponses(api: RestApi, forPages: boolean): void {
  for (const { response, status, type, message } of ANSWERS) {
    const body = JSON.stringify({ __type: type, message });
    api.addGatewayResponse(response.responseType, {
      type: response,
      statusCode: status,
      responseHeaders: {
        'x-amzn-ErrorType': `'${type}'`,
        'x-amzn-RequestId': 'context.requestId',
        ...(forPages && { 'Access-Control-Allow-Origin': "'*'" }),
      },
      templates: { 'application/json': body, 'application/x-amz-json-1.1': body },
    });
  }
}
