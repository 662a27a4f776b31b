/** A thread of the service that tells of its garbage. */
import { register } from 'tsx/esm/api';

register();
await import('./observer.ts');
await import('../../../infra/local/inference-thread.ts');
