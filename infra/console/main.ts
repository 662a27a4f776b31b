/** `npm run console:build`: bundles page/ into functions/console/page.ts. */
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { command, runScript } from '../commands/cli/index.ts';

await runScript(
  command({
    name: 'console:build',
    summary: 'bundles the console and writes it as a module',
    options: {},
    run: async (_asked, { print }) => {
      // The bundler is large; help comes before it.
      const { buildPage, pageModule } = await import('./build.ts');
      const bundle = await buildPage();
      await writeFile(
        new URL('../../functions/console/page.ts', import.meta.url),
        pageModule(bundle),
      );
      for (const [name, text] of Object.entries(bundle)) {
        print(`${name}: ${text.length} bytes, ${gzipSync(text).length} compressed`);
      }
      return 0;
    },
  }),
);
