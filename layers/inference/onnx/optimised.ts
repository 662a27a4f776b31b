/** Networks stored as the runtime makes them before it runs them, so that loading them takes a fraction of the time. */
import { readFile } from 'node:fs/promises';
import { inBlocks } from './blocked.ts';
import { onnxruntime } from './runtime.ts';

/**
 * Stores what every x64 processor can run: operators joined and constants computed, but no layout yet, which is each
 * processor's own.
 *
 * @param target is overwritten.
 * @throws what onnxruntime throws where it cannot run the network, or at all
 */
export async function storeOptimised(source: string, target: string): Promise<void> {
  const { InferenceSession } = await onnxruntime();
  const session = await InferenceSession.create(inBlocks(await readFile(source)), {
    graphOptimizationLevel: 'extended',
    optimizedModelFilePath: target,
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  await session.release();
}
