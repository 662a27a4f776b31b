/** Compiles the kernel. The same source and compiler give the same bytes on every machine. */
import { readFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const SOURCE = new URL('assembly/scan.ts', import.meta.url);
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
export async function compileKernel(): Promise<Uint8Array> {
  const source = await readFile(SOURCE, 'utf8');
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(['scan.ts', '--outFile=scan.wasm', ...FLAGS], {
    readFile: (name) => (name === 'scan.ts' ? source : null),
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
export function kernelModule(binary: Uint8Array): string {
  return `/** The kernel of assembly/scan.ts, compiled by \`npm run kernel:build\`: WebAssembly in base64. */
export const KERNEL_BINARY =
  '${Buffer.from(binary).toString('base64')}';
`;
}
