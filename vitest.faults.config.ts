import { defineConfig } from 'vitest/config';
import { shared } from './vitest.shared.ts';

/**
 * `npm run test:faults`: crashes and simulations with all their seeds, of which `npm test` takes the first, and over
 * sockets what `npm test` does in memory.
 */
export default defineConfig({
  test: {
    ...shared,
    include: [
      'test/faults/**/*.test.ts',
      'test/emulators/storage/**/*.test.ts',
      'test/local/inspection.test.ts',
      'test/vectors/{dimensions,fold,garbage,vector-index}.test.ts',
    ],
    env: {
      ...shared.env,
      RECOLLECT_THOROUGH: 'true',
      RECOLLECT_SEEDS: '1000',
      RECOLLECT_USER_SEEDS: '40',
      RECOLLECT_DEATHS: 'all',
      RECOLLECT_TOKEN_ROUNDS: '10000',
      FAULT_SEEDS: '20',
      STORE_SEEDS: '300',
      BIT_FLIPS: '200',
    },
  },
});
