/**
 * SDKs, unmodified and signing, at the addresses of a stack: a function URL as AWS documents it, and an API Gateway that drops
 * signed Authorization headers as its notes say.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as rekognition from '@aws-sdk/client-rekognition';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../../functions/operations.ts';
import { TOOLCHAINS } from '../../clients/toolchains.ts';
import { AWS_ENVIRONMENT, output, present } from '../../support/programs.ts';
import { recollect } from '../../support/recollect.ts';
import { type DeployedHere, deployHere } from '../deployment.ts';
import { startFunctionUrl } from '../function-url.ts';

const CLIENTS = TOOLCHAINS.filter(({ name }) => ['boto3', 'cli', 'javascript-v3'].includes(name));

// The layer holds binaries for Linux.
describe.runIf(process.platform === 'linux')('signed, by an unmodified client:', () => {
  let here: DeployedHere;
  let url: Awaited<ReturnType<typeof startFunctionUrl>>;
  let photographs: string;
  beforeAll(async () => {
    photographs = await mkdtemp(path.join(tmpdir(), 'recollect-signed-'));
    await recollect(['samples', photographs]);
    here = await deployHere({ stackName: 'Signed', foldAt: 20 });
    url = await startFunctionUrl((event) => here.host.invoke('Dispatcher', event));
  }, 300_000);
  afterAll(async () => {
    await url?.close();
    await here?.close();
    await rm(photographs, { recursive: true, force: true });
  });

  const environment = () => ({
    ...AWS_ENVIRONMENT,
    AWS_ACCESS_KEY_ID: here.key.id,
    AWS_SECRET_ACCESS_KEY: here.key.secret,
    AWS_REGION: 'eu-central-1',
    AWS_MAX_ATTEMPTS: '1',
  });
  const said = async (name: string, endpoint: string) => {
    const toolchain = CLIENTS.find((one) => one.name === name);
    if (toolchain === undefined) throw new Error(`There is no client ${name}.`);
    const [program, ...args] = toolchain.start;
    const folder = path.resolve(import.meta.dirname, '../../clients', name);
    const given = [endpoint, photographs, `signed-${name}`];
    const settings = { ...environment(), ...toolchain.environment };
    return (await output(program, [...args, ...given], settings, folder)).trim().split('\n');
  };

  it.each(CLIENTS)('$name calls every operation at the function URL', async (client) => {
    if (!present(client.version[0], client.version.slice(1))) return;
    const lines = await said(client.name, url.endpoint);
    for (const { name } of operations) {
      if (REKOGNITION.has(name)) expect(lines.map((line) => line.split(' ')[0])).toContain(name);
    }
    expect(lines).toContain('error ResourceNotFoundException 400');
  });

  it.each(CLIENTS)(
    '$name is told what is missing where API Gateway drops its header',
    async (client) => {
      if (!present(client.version[0], client.version.slice(1))) return;
      const dropping = await dropSignatures(here.endpoint);
      await expect(said(client.name, `${dropping.endpoint}/v1`)).rejects.toThrow(
        /MissingAuthenticationToken/,
      );
      const bearer = await fetch(`${dropping.endpoint}/v1/ListCollections`, {
        method: 'POST',
        headers: { authorization: `Bearer ${here.key.id}.${here.key.secret}` },
        body: '{}',
      });
      expect(bearer.status).toBe(200);
      await dropping.close();
    },
  );

  it('what Lambda refuses for its number is tried again, and answered', async () => {
    const narrow = await startFunctionUrl((event) => here.host.invoke('Dispatcher', event), 1);
    const client = new rekognition.RekognitionClient({
      region: 'eu-central-1',
      endpoint: narrow.endpoint,
      credentials: { accessKeyId: here.key.id, secretAccessKey: here.key.secret },
      maxAttempts: 10,
    });
    const ask = () =>
      client
        .send(new rekognition.DescribeCollectionCommand({ CollectionId: 'none' }))
        .catch((error) => error.name);
    const answers = await Promise.all([ask(), ask(), ask(), ask()]);
    expect(new Set(answers)).toEqual(new Set(['ResourceNotFoundException']));
    expect(narrow.refused).toContain(429);
    client.destroy();
    await narrow.close();
  });

  it('a photograph of 3.3 MiB arrives, one of 3.5 MiB is refused by Lambda itself', async () => {
    const inline = (bytes: number) =>
      fetch(`${url.endpoint}/`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${here.key.id}.${here.key.secret}`,
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'RekognitionService.DetectFaces',
        },
        body: JSON.stringify({ Image: { Bytes: Buffer.alloc(bytes, 7).toString('base64') } }),
      });
    const fits = await inline(3.3 * 1024 * 1024);
    expect(await fits.json()).toMatchObject({ __type: 'InvalidImageFormatException' });
    expect((await inline(3.5 * 1024 * 1024)).status).toBe(413);
  });
});

/** The API's own: the clients know no others. */
const REKOGNITION: ReadonlySet<string> = new Set(
  operations.map(({ name }) => name).filter((name) => `${name}Command` in rekognition),
);

/** Passes everything on but an Authorization header with a Version 4 signature. */
async function dropSignatures(to: string): Promise<{ endpoint: string; close(): Promise<void> }> {
  const { hostname, port } = new URL(to);
  const server: Server = createServer((request, response) => {
    const headers = { ...request.headers };
    if (/^AWS4-/.test(headers.authorization ?? '')) delete headers.authorization;
    request.pipe(
      send({ hostname, port, method: request.method, path: request.url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
