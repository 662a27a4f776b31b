import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** `npm run test:clients`: the clients of other languages, where they are installed. */
export default defineConfig({
  test: { ...base.test, include: ['test/**/*.clients.ts'], testTimeout: 120_000 },
});
