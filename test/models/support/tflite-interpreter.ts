/**
 * A TensorFlow Lite interpreter in plain loops, for the operators of MobileFaceNet. It reads the
 * file by itself and computes channels last, as the format defines: nothing is shared with the
 * converter that it checks.
 *
 * Format: https://github.com/tensorflow/tensorflow/blob/v2.16.1/tensorflow/lite/schema/schema.fbs
 */

interface Image {
  height: number;
  width: number;
  channels: number;
  values: Float32Array;
}

/**
 * Runs the first subgraph of the file on one image, whatever batch it was exported with.
 * @param input interleaved values, [height, width, channels]
 */
export function interpret(file: Uint8Array, input: Float32Array): Float32Array {
  const bytes = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const follow = (at: number): number => at + bytes.getUint32(at, true);
  const field = (table: number, slot: number): number => {
    const vtable = table - bytes.getInt32(table, true);
    const size = bytes.getUint16(vtable, true);
    const offset = 4 + 2 * slot < size ? bytes.getUint16(vtable + 4 + 2 * slot, true) : 0;
    return offset && table + offset;
  };
  const int = (table: number, slot: number): number => {
    const at = field(table, slot);
    return at && bytes.getInt32(at, true);
  };
  const byte = (table: number, slot: number): number => {
    const at = field(table, slot);
    return at && bytes.getUint8(at);
  };
  const vector = (table: number, slot: number): number[] => {
    const at = field(table, slot);
    if (!at) return [];
    const start = follow(at);
    const length = bytes.getUint32(start, true);
    return Array.from({ length }, (_, i) => start + 4 + 4 * i);
  };
  const tables = (table: number, slot: number): number[] => vector(table, slot).map(follow);
  const ints = (table: number, slot: number): number[] =>
    vector(table, slot).map((at) => bytes.getInt32(at, true));

  const root = follow(0);
  const subgraph = tables(root, 2)[0] ?? 0;
  const codes = tables(root, 1).map((code) => byte(code, 0));
  const buffers = tables(root, 4);
  const images = tables(subgraph, 0).map((tensor): Image => {
    const shape = ints(tensor, 0);
    const [height, width, channels] = [1, 1, 1, ...shape].slice(-3);
    const data = field(buffers[int(tensor, 2)] ?? 0, 0);
    const start = data ? follow(data) : 0;
    const length = data ? bytes.getUint32(start, true) / 4 : 0;
    const values = Float32Array.from({ length }, (_, i) =>
      bytes.getFloat32(start + 4 + 4 * i, true),
    );
    return { height: height ?? 1, width: width ?? 1, channels: channels ?? 1, values };
  });
  const image = (index: number | undefined): Image => {
    const found = images[index ?? -1];
    if (!found) throw new Error(`there is no tensor ${index}`);
    return found;
  };

  const [entry] = ints(subgraph, 1);
  const [exit] = ints(subgraph, 2);
  image(entry).values = input;
  for (const operator of tables(subgraph, 3)) {
    const [x, y, bias] = ints(operator, 1).map(image);
    const output = image(ints(operator, 2)[0]);
    const options = field(operator, 4) && follow(field(operator, 4));
    if (!x) throw new Error('an operator has no input');
    const step = (): Step => ({
      valid: byte(options, 0) === 1,
      x: int(options, 1),
      y: int(options, 2),
    });
    const code = codes[int(operator, 0)];
    if (code === 3 && y && bias) convolve(x, y, bias, step(), output);
    else if (code === 4 && y && bias) convolveDepthwise(x, y, bias, step(), output);
    else if (code === 0 && y) output.values = combine(x, y, (a, b) => a + b);
    else if (code === 18 && y) output.values = combine(x, y, (a, b) => a * b);
    else if (code === 41 && y) output.values = combine(x, y, (a, b) => a - b);
    else if (code === 19) output.values = x.values.map((a) => Math.max(a, 0));
    else if (code === 101) output.values = x.values.map(Math.abs);
    else if (code === 22) output.values = x.values;
    else throw new Error(`operator ${code} is not implemented`);
  }
  return image(exit).values;
}

interface Step {
  valid: boolean;
  x: number;
  y: number;
}

/** Elementwise; the shorter operand is one value a channel and repeats. */
function combine(a: Image, b: Image, operation: (a: number, b: number) => number): Float32Array {
  const result = new Float32Array(Math.max(a.values.length, b.values.length));
  return result.map((_, i) =>
    operation(a.values[i % a.values.length] ?? 0, b.values[i % b.values.length] ?? 0),
  );
}

/** Pixels of padding before the first: SAME spreads it, the odd one after. */
function padding(step: Step, image: Image, kernel: Image, output: Image): { x: number; y: number } {
  if (step.valid) return { x: 0, y: 0 };
  const total = (size: number, stride: number, window: number, outputs: number): number =>
    Math.max(0, (outputs - 1) * stride + window - size);
  return {
    x: Math.floor(total(image.width, step.x, kernel.width, output.width) / 2),
    y: Math.floor(total(image.height, step.y, kernel.height, output.height) / 2),
  };
}

/** Kernel: [output, height, width, input]. */
function convolve(image: Image, kernel: Image, bias: Image, step: Step, output: Image): void {
  const pad = padding(step, image, kernel, output);
  const { channels } = image;
  const outputs = output.channels;
  const result = new Float32Array(output.height * output.width * outputs);
  for (let y = 0; y < output.height; y++) {
    for (let x = 0; x < output.width; x++) {
      for (let o = 0; o < outputs; o++) {
        let sum = bias.values[o]!;
        for (let ky = 0; ky < kernel.height; ky++) {
          const iy = y * step.y + ky - pad.y;
          if (iy < 0 || iy >= image.height) continue;
          for (let kx = 0; kx < kernel.width; kx++) {
            const ix = x * step.x + kx - pad.x;
            if (ix < 0 || ix >= image.width) continue;
            const pixel = (iy * image.width + ix) * channels;
            const weight = ((o * kernel.height + ky) * kernel.width + kx) * channels;
            for (let c = 0; c < channels; c++) {
              sum += image.values[pixel + c]! * kernel.values[weight + c]!;
            }
          }
        }
        result[(y * output.width + x) * outputs + o] = sum;
      }
    }
  }
  output.values = result;
}

/** Kernel: [1, height, width, channels]. */
function convolveDepthwise(
  image: Image,
  kernel: Image,
  bias: Image,
  step: Step,
  output: Image,
): void {
  const pad = padding(step, image, kernel, output);
  const { channels } = image;
  const result = new Float32Array(output.height * output.width * channels);
  for (let y = 0; y < output.height; y++) {
    for (let x = 0; x < output.width; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = bias.values[c]!;
        for (let ky = 0; ky < kernel.height; ky++) {
          const iy = y * step.y + ky - pad.y;
          if (iy < 0 || iy >= image.height) continue;
          for (let kx = 0; kx < kernel.width; kx++) {
            const ix = x * step.x + kx - pad.x;
            if (ix < 0 || ix >= image.width) continue;
            sum +=
              image.values[(iy * image.width + ix) * channels + c]! *
              kernel.values[(ky * kernel.width + kx) * channels + c]!;
          }
        }
        result[(y * output.width + x) * channels + c] = sum;
      }
    }
  }
  output.values = result;
}
