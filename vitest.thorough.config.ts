import { defineConfig } from 'vitest/config';
import { shared } from './vitest.shared.ts';

/** `npm run test:thorough`: all the pictures, programs and random searches of which `npm test` takes every few. */
export default defineConfig({
  test: {
    ...shared,
    include: [
      'test/inference/conditions.test.ts',
      'test/commands/cli/scripts.test.ts',
      'test/vectors/scan.test.ts',
    ],
    env: { ...shared.env, RECOLLECT_THOROUGH: 'true' },
  },
});
