/** What AWS's notes on REST APIs say: an Authorization header with a Version 4 signature is dropped. */
import { createServer, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Passes everything on but an Authorization header with a Version 4 signature. */
export async function dropSignatures(
  to: string,
): Promise<{ endpoint: string; close(): Promise<void> }> {
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
