/** Running the committed models, and comparing what they give. */
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';

export type Outputs = Map<string, Float32Array>;

/** Opens a file of the models folder on one thread. */
export async function openModel(file: string | Uint8Array): Promise<ort.InferenceSession> {
  const options = { intraOpNumThreads: 1 };
  if (typeof file !== 'string') return ort.InferenceSession.create(file, options);
  const location = fileURLToPath(new URL(`../../../models/${file}`, import.meta.url));
  return ort.InferenceSession.create(location, options);
}

/** Runs a model of one input. */
export async function run(
  session: ort.InferenceSession,
  values: Float32Array,
  dims: number[],
): Promise<Outputs> {
  const [input = ''] = session.inputNames;
  const results = await session.run({ [input]: new ort.Tensor('float32', values, dims) });
  return new Map(
    Object.entries(results).map(([name, tensor]) => {
      if (!(tensor.data instanceof Float32Array)) throw new TypeError(`${name} is not float32`);
      return [name, tensor.data];
    }),
  );
}

/** The largest difference over the largest magnitude expected; infinite when lengths differ. */
export function relativeDifference(
  actual: Float32Array | undefined,
  expected: ArrayLike<number>,
): number {
  if (actual?.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let largest = 0;
  for (const [index, value] of actual.entries()) {
    const wanted = expected[index] ?? Number.NaN;
    if (Number.isNaN(value - wanted)) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, Math.abs(value - wanted));
    largest = Math.max(largest, Math.abs(wanted));
  }
  return difference / largest;
}

/** The most that a converted model may differ from its original runtime, relative: rounding alone. */
export const TOLERANCE = 1e-4;
