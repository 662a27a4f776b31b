import { defineConfig } from 'vitest/config';
import { shared } from './vitest.shared.ts';

/** `npm run test:clients`: the clients of other languages, where they are installed. */
export default defineConfig({
  test: { ...shared, include: ['test/**/*.clients.ts'], testTimeout: 120_000 },
});
