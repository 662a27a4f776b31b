/** Compiles kernels from AssemblyScript. The same source and compiler give the same bytes on every machine. */
import { readFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

/** Where a kernel's source lies, beside what it imports, and the module that carries it. */
export interface KernelFiles {
  readonly source: URL;
  readonly module: URL;
}

/** Each lies in its layer's `kernel` folder: `assembly/<source>` becomes `binary.ts`. */
export const KERNELS: readonly KernelFiles[] = [
  ['inference', 'pixels.ts'],
  ['vectors', 'scan.ts'],
].map(([layer, source]) => {
  const folder = new URL(`../../layers/${layer}/kernel/`, import.meta.url);
  return { source: new URL(`assembly/${source}`, folder), module: new URL('binary.ts', folder) };
});

const FLAGS = [
  '--runtime=stub',
  '--importMemory',
  '--noExportMemory',
  '--enable=simd',
  '--optimizeLevel=3',
  '--converge',
  '--noAssert',
];

/** @returns the binary. @throws Error with what the compiler said */
export async function compileKernel({ source }: KernelFiles): Promise<Uint8Array> {
  const name = nameOf(source);
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main([name, '--outFile=kernel.wasm', ...FLAGS], {
    readFile: (file) => readFile(new URL(file, source), 'utf8').catch(() => null),
    writeFile(_, contents) {
      if (typeof contents !== 'string') binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) {
    throw new Error(`The kernel does not compile.\n${stderr}`, { cause: error });
  }
  return binary;
}

/** The module that carries the binary: bundlers and loaders of every kind can import it. */
export function kernelModule({ source }: KernelFiles, binary: Uint8Array): string {
  return `/** The kernel of assembly/${nameOf(source)}, compiled by \`npm run kernel:build\`: WebAssembly in base64. */
export const KERNEL_BINARY =
  '${Buffer.from(binary).toString('base64')}';
`;
}

function nameOf(source: URL): string {
  return source.pathname.slice(source.pathname.lastIndexOf('/') + 1);
}
