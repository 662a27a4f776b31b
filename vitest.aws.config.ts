import { defineConfig } from 'vitest/config';
import { shared } from './vitest.shared.ts';

/** `npm run test:aws`: what is deployed, against an independent imitation of AWS and its own policies, where Python has moto. */
export default defineConfig({
  test: { ...shared, include: ['test/**/*.aws.ts'], testTimeout: 240_000, hookTimeout: 300_000 },
});
