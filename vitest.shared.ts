/** What the tests of every kind have in common. */
export const shared = {
  exclude: ['**/node_modules/**'],
  // Every file may start servers and inference sessions of its own, and waits for them; three at a time keep two cores busy.
  maxWorkers: 3,
  // The SDK is pinned; its advice on Node versions is for those who upgrade it.
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  testTimeout: 60_000,
  hookTimeout: 120_000,
  reporters: ['default'],
};
