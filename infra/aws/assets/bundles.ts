/**
 * Bundling the functions: one minified ES module each, with the AWS SDK in it, since a module that is read
 * whole starts faster than a tree of files and the SDK is then the version that was tested.
 *
 * The native packages stay outside: they are in the layer.
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Metafile, Plugin } from 'esbuild';
import { build } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** Packages of the layer. */
const NATIVE = /^(onnxruntime-node|sharp)$/;

export interface Bundles {
  /** The folder of a function's code, whose handler is `index.handler`. @throws RangeError */
  folder(name: string): string;
  /** The files that each bundle is made of. */
  readonly metafile: Metafile;
}

/**
 * @param entries the source of the first module, by the name of the bundle
 * @param output a folder of its own, emptied first
 * @param constants code that stands in place of names which nobody declares
 * @throws esbuild's BuildFailure
 */
export async function bundle(
  entries: ReadonlyMap<string, string>,
  output: string,
  constants: Readonly<Record<string, string>> = {},
): Promise<Bundles> {
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [...entries.keys()].map((name) => ({ in: `entry:${name}`, out: `${name}/index` })),
    outdir: output,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    // The oldest that this repository runs on, so that tests can run what is deployed.
    target: 'node20',
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    // The ES modules of packages can be shaken, their CommonJS cannot.
    mainFields: ['module', 'main'],
    // For CommonJS inside the bundle, and for the layer.
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
    define: constants,
    plugins: [virtualEntries(entries), nativePackages, ownModules],
    metafile: true,
    logLevel: 'warning',
  });
  return {
    metafile,
    folder(name) {
      if (!entries.has(name)) throw new RangeError(`There is no bundle ${name}.`);
      return path.join(output, name);
    },
  };
}

function virtualEntries(entries: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'entries',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^entry:/ }, ({ path: entry }) => ({
        path: entry.slice('entry:'.length),
        namespace: 'entry',
      }));
      onLoad({ filter: /.*/, namespace: 'entry' }, ({ path: name }) => ({
        contents: entries.get(name) ?? '',
        resolveDir: ROOT,
      }));
    },
  };
}

/**
 * `import('sharp')` becomes a require: of the two only require looks where NODE_PATH says, which is how
 * Lambda makes the packages of a layer known.
 */
const nativePackages: Plugin = {
  name: 'native packages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: NATIVE }, ({ path: name, namespace }) =>
      namespace === 'native' ? { path: name, external: true } : { path: name, namespace: 'native' },
    );
    onLoad({ filter: /.*/, namespace: 'native' }, ({ path: name }) => ({
      contents: `module.exports = require('${name}');`,
    }));
  },
};

/**
 * No module of this repository does anything but export, nor does lib-dynamodb, which forgets to say so:
 * what is not used is left out.
 */
const ownModules: Plugin = {
  name: 'own modules',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^(\.{1,2}\/|@aws-sdk\/lib-dynamodb$)/ }, async (args) => {
      if (args.pluginData === ownModules || args.importer.includes('node_modules')) return null;
      const { importer, namespace, resolveDir, kind } = args;
      const found = await resolve(args.path, {
        importer,
        namespace,
        resolveDir,
        kind,
        with: args.with,
        pluginData: ownModules,
      });
      if (found.errors.length > 0) return { errors: found.errors };
      return { path: found.path, sideEffects: false };
    });
  },
};
