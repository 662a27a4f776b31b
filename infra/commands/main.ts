/** The program `recollect`. Started by recollect.mjs, which has it put together (`compile.mjs`). */
import manifest from '../../package.json' with { type: 'json' };
import { processSurroundings, runProgram } from './cli/index.ts';
import { commands } from './table.ts';

process.exit(
  await runProgram(commands, manifest.version, process.argv.slice(2), processSurroundings()),
);
