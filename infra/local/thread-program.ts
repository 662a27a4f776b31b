/**
 * What a thread runs: a program of TypeScript as one module, made when the service begins.
 *
 * A thread does not take over from the one that starts it how TypeScript is read, and a reader of its own costs each
 * 30 MB and half a second. esbuild is there as a part of tsx, which reads the TypeScript of this process.
 */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin, stop } from 'esbuild';

const made = new Map<string, Promise<URL>>();

/**
 * @param entry a file of TypeScript, which may not use `import.meta`: its module has no place among the files; or
 *   what has been compiled with the whole program (`infra/commands/compile.mjs`)
 * @returns for a Worker: a `data:` URL, the same for an entry that has been asked for before; or what is compiled
 * @throws Error if it does not compile
 */
export function threadProgram(entry: URL): Promise<URL> {
  if (!entry.pathname.endsWith('.ts')) return Promise.resolve(entry);
  const known = made.get(entry.href);
  if (known !== undefined) return known;
  const making = compile(fileURLToPath(entry));
  made.set(entry.href, making);
  making.catch(() => made.delete(entry.href));
  return making;
}

async function compile(file: string): Promise<URL> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    keepNames: true,
    write: false,
    logLevel: 'silent',
    plugins: [packagesByPlace],
    // Stack traces name it, not all of its text.
    footer: { js: `//# sourceURL=recollect/${path.basename(file, '.ts')}.js` },
  });
  // The compiler is a process, which would stay.
  await stop();
  const text = outputFiles.map((output) => output.text).join('');
  return new URL(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
}

/** Packages stay what they are, and are named by their place: a module without one of its own finds no other. */
const packagesByPlace: Plugin = {
  name: 'packages-by-place',
  setup(compiler) {
    compiler.onResolve(
      { filter: /^[^./]/ },
      async ({ path: name, kind, resolveDir, pluginData }) => {
        if (kind === 'entry-point' || pluginData === packagesByPlace) return undefined;
        if (name.startsWith('node:')) return { path: name, external: true };
        const found = await compiler.resolve(name, {
          kind,
          resolveDir,
          pluginData: packagesByPlace,
        });
        if (found.errors.length > 0) return { errors: found.errors };
        return { path: pathToFileURL(found.path).href, external: true };
      },
    );
  },
};
