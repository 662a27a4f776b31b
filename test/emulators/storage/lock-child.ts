/** Holds the lock of a folder until it is killed. */
import { lockFolder } from '../../../infra/emulators/storage/lock.ts';

await lockFolder(process.argv[2] ?? '');
process.send?.('held');
setInterval(() => undefined, 1000);
