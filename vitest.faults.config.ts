import { defineConfig } from 'vitest/config';
import { shared } from './vitest.shared.ts';

/** `npm run test:faults`: crashes and simulations with all their seeds, of which `npm test` takes the first. */
export default defineConfig({
  test: {
    ...shared,
    include: ['test/faults/**/*.test.ts'],
    env: { ...shared.env, RECOLLECT_SEEDS: '1000', RECOLLECT_USER_SEEDS: '40' },
  },
});
