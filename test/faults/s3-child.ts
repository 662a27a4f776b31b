/** The process that `s3-kill.test.ts` kills: a local S3 on the directory in its first argument. */
import { startS3 } from '../../infra/emulators/s3/index.ts';

const directory = process.argv[2];
if (directory === undefined) throw new Error('usage: s3-child.ts <directory>');
const { endpoint } = await startS3({ directory });
process.stdout.write(`${endpoint}\n`);
