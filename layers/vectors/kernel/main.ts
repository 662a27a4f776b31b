/** `npm run kernel:build`: compiles assembly/scan.ts into binary.ts. */
import { writeFile } from 'node:fs/promises';
import { command, runScript } from '../../../infra/commands/cli/index.ts';
import { compileKernel, kernelModule } from './build.ts';

await runScript(
  command({
    name: 'kernel:build',
    summary: 'compiles the search kernel and writes it as a module',
    options: {},
    run: async (_asked, { print }) => {
      const binary = await compileKernel();
      await writeFile(new URL('binary.ts', import.meta.url), kernelModule(binary));
      print(`The kernel has ${binary.length} bytes.`);
      return 0;
    },
  }),
);
