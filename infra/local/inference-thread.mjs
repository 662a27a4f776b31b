/** Lets a thread run TypeScript, which the threads of Node.js do not take over from the one that starts them. */
import { register } from 'tsx/esm/api';

register();
await import('./inference-thread.ts');
