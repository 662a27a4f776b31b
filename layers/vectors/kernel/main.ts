/** `npm run kernel:build`: compiles assembly/scan.ts into binary.ts. */
import { writeFile } from 'node:fs/promises';
import { compileKernel, kernelModule } from './build.ts';

const binary = await compileKernel();
await writeFile(new URL('binary.ts', import.meta.url), kernelModule(binary));
console.log(`The kernel has ${binary.length} bytes.`);
