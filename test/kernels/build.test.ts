/** What is committed is what was written. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { compileKernel, KERNELS, kernelModule } from '../../infra/kernels/build.ts';

test.each(KERNELS)(
  '$source.pathname is compiled into its module',
  async (kernel) => {
    const committed = await readFile(kernel.module, 'utf8');
    expect(committed).toBe(kernelModule(kernel, await compileKernel(kernel)));
  },
  120_000,
);
