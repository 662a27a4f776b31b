/** Recollect on one machine as a process of its own, to be killed: prints its addresses, and stops when told to. */
import { startLocal } from '../../../infra/local/stack.ts';

const [data = '', partSeconds = '1'] = process.argv.slice(2);
const stack = await startLocal({
  host: '127.0.0.1',
  port: 0,
  s3Port: 0,
  data,
  foldAt: 500,
  videoPartSeconds: Number(partSeconds),
  environment: { RECOLLECT_FFMPEG: 'none' },
});
process.stdout.write(`${JSON.stringify([stack.endpoint, stack.s3Endpoint])}\n`);
process.once('SIGTERM', () => void stack.close().then(() => process.exit(0)));
