/** `npm run kernel:build`: compiles assembly/scan.ts into binary.ts. */
import { writeFile } from 'node:fs/promises';
import { command, runScript } from '../../../infra/commands/cli/index.ts';

await runScript(
  command({
    name: 'kernel:build',
    summary: 'compiles the search kernel and writes it as a module',
    options: {},
    run: async (_asked, { print }) => {
      // The compiler is large; help comes before it.
      const { compileKernel, kernelModule } = await import('./build.ts');
      const binary = await compileKernel();
      await writeFile(new URL('binary.ts', import.meta.url), kernelModule(binary));
      print(`The kernel has ${binary.length} bytes.`);
      return 0;
    },
  }),
);
