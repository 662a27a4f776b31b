/**
 * What an ONNX file is: which input takes faces, which output holds embeddings, and how long they are. Tried out by
 * running it, because shapes in files are often symbolic and sometimes wrong.
 */
import type { InferenceSession } from 'onnxruntime-node';
import {
  type Convention,
  DIMENSIONS,
  onnxruntime,
  toHalves,
  USUAL_CONVENTION,
} from '../../layers/inference/index.ts';
import { Failure } from '../commands/cli/failures.ts';

export interface Inspected {
  readonly convention: Convention;
  readonly dimension: number;
}

/** A file is no embedder that can be used; says why, and what to do. */
export class NetworkError extends Failure {
  override readonly name = 'NetworkError';
}

type Port = InferenceSession.ValueMetadata;
interface TensorPort {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

const FLOATS = ['float32', 'float16'];

/** @param stated what is known of the convention already; the rest is read from the file */
export async function inspect(file: string, stated: Partial<Convention>): Promise<Inspected> {
  const session = await load(file);
  try {
    const input = inputOf(session, stated.input);
    const given = shapeOf(input, stated);
    const outputs = await run(session, input, given);
    const output = outputOf(outputs, stated.output, given.batch === 'any' ? 2 : given.batch);
    return {
      convention: {
        ...USUAL_CONVENTION,
        ...stated,
        ...given,
        input: input.name,
        output: output.name,
      },
      dimension: output.dimension,
    };
  } finally {
    await session.release();
  }
}

/** @throws NetworkError */
async function load(file: string): Promise<InferenceSession> {
  try {
    const { InferenceSession } = await onnxruntime();
    return await InferenceSession.create(file, { logSeverityLevel: 4 });
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    // As in "No Op registered for Frobnicate with domain_version of 17".
    const [, before, after] =
      /(\w+)(?:\(-?\d+\))? is not a registered|registered for (\w+)/i.exec(text) ?? [];
    const operator = before ?? after;
    if (
      operator !== undefined ||
      /not implemented|could not find an implementation|opset|unsupported/i.test(text)
    ) {
      throw new NetworkError(
        `The network needs what the runtime does not know${operator ? ` (the operator ${operator})` : ''}: ${text.trim()}. Export it for ONNX opset 17 or older, with standard operators. Nothing is installed.`,
        { cause },
      );
    }
    if (/protobuf|invalid model|ModelProto|no graph/i.test(text)) {
      throw new NetworkError('The file is not ONNX, or only a part of it. Nothing is installed.', {
        cause,
      });
    }
    throw new NetworkError(`The network cannot be loaded: ${text.trim()}. Nothing is installed.`, {
      cause,
    });
  }
}

function inputOf({ inputMetadata }: InferenceSession, stated: string | undefined): TensorPort {
  const ports = inputMetadata.filter(isTensor);
  const images = ports.filter(({ type, shape }) => FLOATS.includes(type) && shape.length === 4);
  const chosen = stated === undefined ? images : ports.filter(({ name }) => name === stated);
  if (stated !== undefined && chosen.length === 0) {
    throw new NetworkError(`The network has no input "${stated}"; it has ${listed(ports)}.`);
  }
  const [input] = chosen;
  if (input === undefined || !images.includes(input) || ports.length > 1) {
    throw new NetworkError(
      `The network takes no single picture: its inputs are ${listed(ports)}. An embedder has one input, of 4 dimensions and float numbers.`,
    );
  }
  return input;
}

function shapeOf({ shape }: TensorPort, stated: Partial<Convention>) {
  const [batch, a, b, c] = shape;
  const layout = stated.layout ?? (c === 3 && a !== 3 ? 'NHWC' : 'NCHW');
  const [channels, rows, columns] = layout === 'NCHW' ? [a, b, c] : [c, a, b];
  if (typeof channels === 'number' && channels !== 3) {
    throw new NetworkError(
      `The network takes pictures of ${channels} channels in the layout ${layout}, not 3. Is it ${layout === 'NCHW' ? 'NHWC' : 'NCHW'}? Say so with --layout.`,
    );
  }
  const side = typeof rows === 'number' && rows > 0 ? rows : (stated.side ?? USUAL_CONVENTION.side);
  if (typeof columns === 'number' && columns > 0 && columns !== side) {
    throw new NetworkError(
      `The network takes pictures of ${side} x ${columns}; only squares are cut out.`,
    );
  }
  if (stated.side !== undefined && stated.side !== side) {
    throw new NetworkError(`The network takes pictures of ${side} x ${side}, not ${stated.side}.`);
  }
  return {
    layout,
    side,
    batch: typeof batch === 'number' && batch > 0 ? batch : ('any' as const),
  };
}

async function run(
  session: InferenceSession,
  { name, type }: TensorPort,
  { layout, side, batch }: Pick<Convention, 'layout' | 'side' | 'batch'>,
): Promise<InferenceSession.OnnxValueMapType> {
  const count = batch === 'any' ? 2 : batch;
  const shape = layout === 'NCHW' ? [count, 3, side, side] : [count, side, side, 3];
  const data = Float32Array.from({ length: count * 3 * side * side }, (_, i) => Math.sin(i / 50));
  const { Tensor } = await onnxruntime();
  const tensor =
    type === 'float16' ? new Tensor('float16', toHalves(data), shape) : new Tensor(data, shape);
  try {
    return await session.run({ [name]: tensor });
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new NetworkError(
      `The network does not run on pictures of ${side} x ${side} in the layout ${layout}: ${text.trim()}. Say what it takes with --layout and --side.`,
      { cause },
    );
  }
}

function outputOf(
  outputs: InferenceSession.OnnxValueMapType,
  stated: string | undefined,
  count: number,
): { readonly name: string; readonly dimension: number } {
  const tensors = Object.entries(outputs).flatMap(([name, value]) =>
    'dims' in value ? [{ name, type: value.type, dimension: value.size / count }] : [],
  );
  const describe = tensors
    .map(({ name, dimension }) => `${name} (${dimension} numbers)`)
    .join(', ');
  if (stated !== undefined && !tensors.some(({ name }) => name === stated)) {
    throw new NetworkError(`The network has no output "${stated}"; it has ${describe}.`);
  }
  const fitting = tensors.filter(
    ({ name, type, dimension }) =>
      (stated === undefined || name === stated) &&
      FLOATS.includes(type) &&
      Number.isInteger(dimension) &&
      dimension >= DIMENSIONS.least &&
      dimension <= DIMENSIONS.most,
  );
  const [output, second] = fitting;
  if (output === undefined) {
    throw new NetworkError(
      `The network is no embedder of faces: it gives ${describe}, where a vector of ${DIMENSIONS.least} to ${DIMENSIONS.most} numbers is expected. Nothing is installed.`,
    );
  }
  if (second !== undefined) {
    throw new NetworkError(
      `The network gives several vectors: ${describe}. Say which with --output.`,
    );
  }
  return output;
}

function isTensor(port: Port): port is Port & TensorPort {
  return port.isTensor;
}

function listed(ports: readonly TensorPort[]): string {
  return ports.map(({ name, shape, type }) => `${name} (${type} ${shape.join(' x ')})`).join(', ');
}
