/**
 * The program as JavaScript. To read some hundred files of TypeScript one by one takes longer, and more memory, than
 * most commands themselves, and each thread would need a reader of its own; so they are put together once, and again
 * when one of them has changed. Plain JavaScript, as there is nobody yet who reads TypeScript.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = ['functions', 'infra', 'layers'];
/** What is started by itself: the program, and what its threads run. All of them lie in one folder, so names differ. */
const ENTRIES = [
  'infra/commands/main.ts',
  'infra/emulators/storage/worker.ts',
  'infra/local/inference-thread.ts',
  'infra/local/scan-worker.ts',
  'layers/video/thread.ts',
];
const PROGRAMS = path.join(ROOT, '.cache', 'program');
/** Modules are loaded when they are needed: what a program that runs has begun with stays for so long. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** @returns where the program is; undefined where it cannot be kept, as in a folder that only may be read */
export async function compiledProgram() {
  const folder = path.join(PROGRAMS, fingerprint());
  const program = pathToFileURL(path.join(folder, 'main.mjs'));
  if (existsSync(program)) return program;
  const making = `${folder}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(making, { recursive: true });
    await compile(making);
    renameSync(making, folder);
  } catch {
    tidy(() => rmSync(making, { recursive: true, force: true }));
    // Somebody else may have been first.
    return existsSync(program) ? program : undefined;
  }
  tidy(forgetOld);
  return program;
}

/** What cannot be taken away is in nobody's way. */
function tidy(remove) {
  try {
    remove();
  } catch {}
}

/** Of all that the program is made from, by sizes and times; and of its place, which is written into it. */
function fingerprint() {
  const hash = createHash('sha256').update(`${ROOT}\n${process.versions.node}\n`);
  for (const source of SOURCES) {
    const files = readdirSync(path.join(ROOT, source), { recursive: true }).filter((file) =>
      /\.(ts|json)$/.test(file),
    );
    for (const file of files.sort()) note(hash, path.join(source, file));
  }
  for (const file of ['package.json', 'infra/commands/compile.mjs']) note(hash, file);
  return hash.digest('hex').slice(0, 32);
}

function note(hash, file) {
  const { size, mtimeMs } = statSync(path.join(ROOT, file));
  hash.update(`${file} ${size} ${mtimeMs}\n`);
}

async function compile(folder) {
  const { build, stop } = await import('esbuild');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES.map((file) => ({ in: file, out: path.basename(file, '.ts') })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'silent',
    plugins: [placed],
  });
  await stop();
}

/** What is found beside a source file stays where it is; what threads run is among the compiled. */
const placed = {
  name: 'placed',
  setup(compiler) {
    compiler.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      if (!text.includes('import.meta.')) return undefined;
      const contents = text
        .replace(/new URL\('\.\/([\w-]+)\.(ts|mjs)', import\.meta\.url\)/g, (whole, name) =>
          ENTRIES.some(
            (entry) => path.join(ROOT, entry) === path.join(path.dirname(file), `${name}.ts`),
          )
            ? `new URL('./${name}.mjs', import/**/.meta.url)`
            : whole,
        )
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href))
        .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file)));
      return { contents, loader: 'ts' };
    });
  },
};

/** Programs of earlier versions. */
function forgetOld() {
  for (const name of readdirSync(PROGRAMS)) {
    const folder = path.join(PROGRAMS, name);
    if (Date.now() - statSync(folder).mtimeMs > KEPT_MS)
      rmSync(folder, { recursive: true, force: true });
  }
}
