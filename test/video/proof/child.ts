/**
 * Recollect on one machine as a process of its own, to be killed: tells its addresses, then every second its
 * memory, and stops when told to.
 */
import type { LocalOptions } from '../../../infra/local/options.ts';
import { startLocal } from '../../../infra/local/stack.ts';

const [data = '', videoPartSeconds, videoRate] = process.argv.slice(2);
const options: LocalOptions = {
  host: '127.0.0.1',
  port: 0,
  s3Port: 0,
  data,
  foldAt: 500,
  videoPartSeconds: Number(videoPartSeconds),
  videoRate: Number(videoRate),
  environment: { RECOLLECT_FFMPEG: 'none' },
};
const stack = await startLocal(options);
process.send?.({ endpoint: stack.endpoint, s3Endpoint: stack.s3Endpoint });
setInterval(() => process.send?.({ memory: process.memoryUsage.rss() }), 1000).unref();
process.once('SIGTERM', () => void stack.close().then(() => process.exit(0)));
process.once('disconnect', () => process.exit(1));
