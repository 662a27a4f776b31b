import { defineConfig } from 'vitest/config';
import { shared } from './vitest.shared.ts';

/** Tests that open sockets or start processes; a test that does and is not here fails. */
const SOCKETS = [
  'test/docs.test.ts',
  'test/package.test.ts',
  'test/examples.test.ts',
  'test/aws/{assets,jobs,model-loader,scanners,synthesised,web-function}.test.ts',
  'test/browser/**/*.test.ts',
  'test/console/*.test.ts',
  'test/commands/models/*.test.ts',
  'test/commands/{import/import,keys/command,operate/operate,transfer/transfer}.test.ts',
  'test/commands/show/video.test.ts',
  'test/commands/{cli/compile,cli/program,cli/scripts,redrive/redrive,show/command,start/command}.test.ts',
  'test/conformance/{dynamo,s3}*.test.ts',
  'test/conformance/face-details.test.ts',
  'test/emulators/**/*.test.ts',
  'test/inference/decoding/limits.test.ts',
  'test/inference/pool/pool.test.ts',
  'test/inference/sessions.test.ts',
  'test/keys/**/*.test.ts',
  'test/http/**/*.test.ts',
  'test/local/**/*.test.ts',
  'test/operations/**/*.test.ts',
  'test/records/**/*.test.ts',
  'test/video/engines.test.ts',
  'test/vectors/{dimensions,fold,garbage,store,vector-index}.test.ts',
];
const FAULTS = ['test/faults/**/*.test.ts'];

/** `npm test` runs all three; `npm run test:unit` and so on one of them. */
export default defineConfig({
  test: {
    ...shared,
    // What one file has loaded is loaded for the next: each starts its own servers, and puts back what it changes.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...shared.exclude, ...SOCKETS, ...FAULTS],
          setupFiles: ['test/support/no-sockets.ts'],
        },
      },
      { extends: true, test: { name: 'sockets', include: SOCKETS } },
      { extends: true, test: { name: 'faults', include: FAULTS } },
    ],
  },
});
