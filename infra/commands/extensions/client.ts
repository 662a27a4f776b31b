/**
 * Calls extensions as the SDK calls the API: signed, with its credentials, retries and errors. The SDK has no
 * commands for them, so one that takes nothing is sent, with another target, input and answer.
 */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ListCollectionsCommand, RekognitionClient } from '@aws-sdk/client-rekognition';
import { type ConnectionOptions, connection } from '../connection.ts';

/** The most that an answer may take; a search in a photograph of a crowd takes some seconds. */
const REQUEST_TIMEOUT_MS = 120_000;
const ATTEMPTS = 5;

export interface Extensions {
  /**
   * @param input as JSON, blobs in base64
   * @returns the answer as JSON
   * @throws what the SDK throws: errors of the service by their names
   */
  call(name: string, input: object): Promise<unknown>;
  close(): void;
}

export function connectExtensions(
  options: ConnectionOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Extensions {
  const client = new RekognitionClient({
    ...connection(options, environment, 'REKOGNITION'),
    maxAttempts: ATTEMPTS,
    requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS },
  });
  return {
    call: (name, input) => callExtension(client, name, input),
    close: () => client.destroy(),
  };
}

export async function callExtension(
  client: RekognitionClient,
  name: string,
  input: object,
): Promise<unknown> {
  const command = new ListCollectionsCommand({});
  let answer: unknown;
  command.middlewareStack.add(
    (next) => async (args) => {
      const request = asRequest(args.request);
      request.headers['x-amz-target'] = `Recollect.${name}`;
      request.body = JSON.stringify(input);
      return next(args);
    },
    { step: 'build', priority: 'high', name: 'nameExtension' },
  );
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = asResponse(result.response);
      if (response.statusCode === 200) {
        answer = JSON.parse(await text(response.body));
        response.body = Readable.from([Buffer.from('{}')]);
      }
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'takeAnswer' },
  );
  await client.send(command);
  return answer;
}

interface Request {
  headers: Record<string, string>;
  body: string;
}

interface Response {
  readonly statusCode: number;
  body: Readable;
}

/** What the SDK's HTTP handler takes and gives; its own types say `unknown`. */
const asRequest = (request: unknown) => request as Request;
const asResponse = (response: unknown) => response as Response;
