/** The runtime of networks, as all that run them use it. */

type Runtime = typeof import('onnxruntime-node');

let runtime: Promise<Runtime> | undefined;

/** Loaded when a model first is. Once: where a loader is asked, as by tsx, each import takes milliseconds. */
export function onnxruntime(): Promise<Runtime> {
  runtime ??= import('onnxruntime-node').then((loaded) => {
    keepBits(loaded.Tensor);
    return loaded;
  });
  return runtime;
}

/**
 * The runtime looks once, at its first tensor, whether JavaScript has an array type for half precision, as that of
 * Node.js 24 has. It would then hand such arrays to its native part, which does not know them: so it does not see it.
 */
function keepBits(Tensor: Runtime['Tensor']): void {
  const type = Object.getOwnPropertyDescriptor(globalThis, 'Float16Array');
  if (type === undefined) return;
  Reflect.deleteProperty(globalThis, 'Float16Array');
  try {
    new Tensor(new Float32Array(1), [1]);
  } finally {
    Object.defineProperty(globalThis, 'Float16Array', type);
  }
}
