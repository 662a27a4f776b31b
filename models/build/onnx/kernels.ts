/** Reordering of convolution kernels into ONNX's order: [output, input per group, height, width]. */

export interface Kernel {
  values: Float32Array;
  /** [output channels, input channels per group, height, width] */
  dims: [number, number, number, number];
}

/**
 * Permutes the axes of a row-major tensor of rank 4.
 * `axes[i]` names the source axis that becomes axis i, as in ONNX's Transpose.
 */
export function permute(
  values: Float32Array,
  dims: readonly number[],
  axes: readonly [number, number, number, number],
): Kernel {
  const strides = [0, 1, 2, 3].map((axis) => dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  const size = (axis: 0 | 1 | 2 | 3): number => dims[axes[axis]] ?? 1;
  const stride = (axis: 0 | 1 | 2 | 3): number => strides[axes[axis]] ?? 1;
  const result = new Float32Array(values.length);
  let at = 0;
  for (let a = 0; a < size(0); a++) {
    for (let b = 0; b < size(1); b++) {
      for (let c = 0; c < size(2); c++) {
        for (let d = 0; d < size(3); d++) {
          const from = a * stride(0) + b * stride(1) + c * stride(2) + d * stride(3);
          result[at++] = values[from] ?? 0;
        }
      }
    }
  }
  return { values: result, dims: [size(0), size(1), size(2), size(3)] };
}
