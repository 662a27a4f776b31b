#!/usr/bin/env node
/**
 * Starts the program `recollect`. Plain JavaScript that every Node.js runs, so that one that is too old is told
 * so in a sentence.
 */
const NEEDED = [20, 15];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  console.error(
    `Recollect needs Node.js ${NEEDED.join('.')} or later, and this is ${process.versions.node}. Version 24 is a good choice.`,
  );
  process.exit(1);
}
// The SDK is pinned; its advice on Node.js versions is for those who upgrade it.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
const { compiledProgram } = await import('./compile.mjs');
const program = await compiledProgram();
if (program !== undefined) {
  await import(program.href);
} else {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./main.ts');
}
