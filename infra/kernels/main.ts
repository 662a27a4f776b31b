/** `npm run kernel:build`: compiles the kernels of the layers into the modules that carry them. */
import { writeFile } from 'node:fs/promises';
import { command, runScript } from '../commands/cli/index.ts';

await runScript(
  command({
    name: 'kernel:build',
    summary: 'compiles the kernels and writes them as modules',
    options: {},
    run: async (_asked, { print }) => {
      // The compiler is large; help comes before it.
      const { compileKernel, KERNELS, kernelModule } = await import('./build.ts');
      for (const kernel of KERNELS) {
        const binary = await compileKernel(kernel);
        await writeFile(kernel.module, kernelModule(kernel, binary));
        print(`${kernel.source.pathname.split('/').slice(-5).join('/')}: ${binary.length} bytes`);
      }
      return 0;
    },
  }),
);
