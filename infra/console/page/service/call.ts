/** Calls of the API, signed where there is a key, exactly as an SDK makes them. */
import type * as Api from '@aws-sdk/client-rekognition';
import { accessKey, serviceUrl } from './session.ts';
import { signed } from './signing.ts';

/** What the API answered instead of a result; `name` is the error's on the wire. */
export class ServiceFailure extends Error {
  override readonly name: string;
  readonly status: number;

  constructor(name: string, status: number, message: string) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** There was no answer. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** As on the wire: a photograph is base64 there. */
type OnWire<T> = T extends Uint8Array
  ? string
  : T extends Date
    ? number
    : T extends readonly (infer Item)[]
      ? OnWire<Item>[]
      : T extends object
        ? { [Name in keyof T]: OnWire<T[Name]> }
        : T;

interface Operations {
  AssociateFaces: [Api.AssociateFacesRequest, Api.AssociateFacesResponse];
  CreateCollection: [Api.CreateCollectionRequest, Api.CreateCollectionResponse];
  CreateUser: [Api.CreateUserRequest, Api.CreateUserResponse];
  DeleteCollection: [Api.DeleteCollectionRequest, Api.DeleteCollectionResponse];
  DeleteFaces: [Api.DeleteFacesRequest, Api.DeleteFacesResponse];
  DeleteUser: [Api.DeleteUserRequest, Api.DeleteUserResponse];
  DescribeCollection: [Api.DescribeCollectionRequest, Api.DescribeCollectionResponse];
  DetectFaces: [Api.DetectFacesRequest, Api.DetectFacesResponse];
  DisassociateFaces: [Api.DisassociateFacesRequest, Api.DisassociateFacesResponse];
  IndexFaces: [Api.IndexFacesRequest, Api.IndexFacesResponse];
  ListCollections: [Api.ListCollectionsRequest, Api.ListCollectionsResponse];
  ListFaces: [Api.ListFacesRequest, Api.ListFacesResponse];
  ListUsers: [Api.ListUsersRequest, Api.ListUsersResponse];
  SearchFaces: [Api.SearchFacesRequest, Api.SearchFacesResponse];
  SearchFacesByImage: [Api.SearchFacesByImageRequest, Api.SearchFacesByImageResponse];
  SearchUsers: [Api.SearchUsersRequest, Api.SearchUsersResponse];
  SearchUsersByImage: [Api.SearchUsersByImageRequest, Api.SearchUsersByImageResponse];
}

export type OperationName = keyof Operations;
export type Input<Name extends OperationName> = OnWire<Operations[Name][0]>;
export type Output<Name extends OperationName> = OnWire<Operations[Name][1]>;

/** @throws ServiceFailure, NoAnswerError; an AbortError when it was called off */
export function call<Name extends OperationName>(
  operation: Name,
  input: Input<Name>,
  signal?: AbortSignal,
): Promise<Output<Name>> {
  return send(`RekognitionService.${operation}`, input, signal) as Promise<Output<Name>>;
}

/** An operation of Recollect's own. @throws as {@link call} */
export function callExtension<Answer>(
  operation: string,
  input: object,
  signal?: AbortSignal,
): Promise<Answer> {
  return send(`Recollect.${operation}`, input, signal) as Promise<Answer>;
}

async function send(target: string, input: object, signal?: AbortSignal): Promise<unknown> {
  const body = JSON.stringify(input);
  const response = await request('POST', serviceUrl(), body, signal, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': target,
  });
  const text = await response.text();
  const answer: unknown = isJson(text) ? JSON.parse(text) : {};
  if (response.ok) return answer;
  throw failureOf(answer, response.status);
}

/** @throws NoAnswerError; an AbortError when it was called off */
export async function request(
  method: 'GET' | 'POST',
  url: URL,
  body: string,
  signal?: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const key = accessKey();
  const sent = key ? await signed({ method, url, headers, body }, key, new Date()) : headers;
  try {
    return await fetch(url, {
      method,
      headers: sent,
      ...(method === 'POST' && { body }),
      ...(signal && { signal }),
      credentials: 'omit',
      cache: 'no-store',
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new NoAnswerError('The service did not answer.', { cause });
  }
}

export function failureOf(answer: unknown, status: number): ServiceFailure {
  const { __type = '', message, Message } = answer as Record<string, string | undefined>;
  return new ServiceFailure(
    __type.split('#').at(-1) || 'InternalServerError',
    status,
    message ?? Message ?? `The service answered with status ${status}.`,
  );
}

function isJson(text: string): boolean {
  return text.startsWith('{');
}
