/** Bundles the page. The same sources and versions give the same bytes on every machine. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const PAGE = path.join(import.meta.dirname, 'page');

/** The files of the page by name, as text. */
export type Bundle = Readonly<
  Record<'index.html' | 'console.js' | 'style.css' | 'icon.svg', string>
>;

/** @throws esbuild's error with what does not compile */
export async function buildPage(): Promise<Bundle> {
  const shared = {
    absWorkingDir: PAGE,
    bundle: true,
    minify: true,
    write: false,
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'silent',
  } as const;
  const [script, style] = await Promise.all([
    build({
      ...shared,
      entryPoints: ['main.tsx'],
      format: 'esm',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      banner: {
        js: '/* Recollect, Apache-2.0. With Preact, MIT, (c) Jason Miller: see NOTICE. */',
      },
    }),
    build({
      ...shared,
      entryPoints: ['style.css'],
      target: ['chrome123', 'firefox120', 'safari17.5'],
    }),
  ]);
  return {
    'index.html': await readFile(path.join(PAGE, 'index.html'), 'utf8'),
    'console.js': script.outputFiles[0]!.text,
    'style.css': style.outputFiles[0]!.text,
    'icon.svg': await readFile(path.join(PAGE, 'icon.svg'), 'utf8'),
  };
}

/** The module that carries the page: bundlers and loaders of every kind can import it. */
export function pageModule(bundle: Bundle): string {
  const members = Object.entries(bundle).map(
    ([name, text]) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)},\n`,
  );
  return `/** The page of infra/console/page, built by \`npm run console:build\`. */\nexport const PAGE = {\n${members.join('')}} as const;\n`;
}
