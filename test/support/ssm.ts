/**
 * As much of AWS Systems Manager's Parameter Store as access keys need, behind a socket (AWS JSON 1.1):
 * SecureStrings that are only readable with decryption, pages of ten, and the errors of the service.
 *
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SSMClient } from '@aws-sdk/client-ssm';

export interface FakeParameterStore {
  readonly endpoint: string;
  /** What was asked for, in order. */
  readonly actions: readonly string[];
  client(): SSMClient;
  close(): Promise<void>;
}

interface Parameter {
  readonly Name: string;
  readonly Type: string;
  readonly Value: string;
}

type Input = Readonly<Record<string, unknown>>;

const PAGE = 10;

class ServiceFailure extends Error {}

export async function startParameterStore(): Promise<FakeParameterStore> {
  const parameters = new Map<string, Parameter>();
  const actions: string[] = [];
  const server = createServer(async (request, response) => {
    const action = String(request.headers['x-amz-target']).replace('AmazonSSM.', '');
    actions.push(action);
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    try {
      response.end(JSON.stringify(perform(action, await read(request), parameters)));
    } catch (error) {
      response.statusCode = error instanceof ServiceFailure ? 400 : 500;
      const type = error instanceof ServiceFailure ? error.message : 'InternalServerError';
      response.end(JSON.stringify({ __type: type, message: String(error) }));
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: SSMClient[] = [];
  return {
    endpoint,
    actions,
    client() {
      const client = new SSMClient({
        endpoint,
        region: 'eu-central-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        maxAttempts: 1,
      });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function perform(action: string, input: Input, parameters: Map<string, Parameter>): object {
  const name = String(input['Name']);
  const found = parameters.get(name);
  switch (action) {
    case 'PutParameter':
      if (found !== undefined && input['Overwrite'] !== true) {
        throw new ServiceFailure('ParameterAlreadyExists');
      }
      // Longer values need the advanced tier, which is paid for.
      if (String(input['Value']).length > 4096) throw new ServiceFailure('ValidationException');
      parameters.set(name, {
        Name: name,
        Type: String(input['Type']),
        Value: String(input['Value']),
      });
      return { Version: 1, Tier: 'Standard' };
    case 'GetParameter':
      if (found === undefined) throw new ServiceFailure('ParameterNotFound');
      return { Parameter: shown(found, input) };
    case 'DeleteParameter':
      if (!parameters.delete(name)) throw new ServiceFailure('ParameterNotFound');
      return {};
    case 'GetParametersByPath': {
      const level = new RegExp(`^${String(input['Path']).replace(/\/$/, '')}/[^/]+$`);
      const all = [...parameters.values()].filter((parameter) => level.test(parameter.Name));
      const start = Number(input['NextToken'] ?? 0);
      return {
        Parameters: all.slice(start, start + PAGE).map((parameter) => shown(parameter, input)),
        ...(all.length > start + PAGE ? { NextToken: String(start + PAGE) } : {}),
      };
    }
    default:
      throw new ServiceFailure('UnknownOperationException');
  }
}

function shown(parameter: Parameter, { WithDecryption }: Input): Parameter {
  const hidden = parameter.Type === 'SecureString' && WithDecryption !== true;
  return hidden ? { ...parameter, Value: 'AQICAHg-encrypted' } : parameter;
}

async function read(request: IncomingMessage): Promise<Input> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
