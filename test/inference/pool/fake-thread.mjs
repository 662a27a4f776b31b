/** Lets a thread run fake-thread.ts. */
import { register } from 'tsx/esm/api';

register();
await import('./fake-thread.ts');
