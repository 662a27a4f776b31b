/**
 * A network of two layers, fitted by Adam (Kingma and Ba, 2015) to least squares, with dropout (Srivastava
 * et al., 2014). The matrix products of a step are an ONNX graph that the service's own runtime computes:
 * in plain JavaScript a fit would take an hour.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../../build/onnx/graph-builder.ts';
import { DataType } from '../../build/onnx/model.ts';
import { gaussian, pixelRandomOf } from '../random.ts';

export interface Perceptron {
  /** inputs x hidden, row by row. */
  readonly hiddenWeights: Float32Array;
  readonly hiddenBiases: Float32Array;
  /** hidden x outputs. */
  readonly outputWeights: Float32Array;
  readonly outputBiases: Float32Array;
}

export interface PerceptronProblem {
  /** One row an example, mean 0 and deviation 1 in each column. */
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
  readonly rows: number;
  readonly outputs: number;
}

export interface PerceptronOptions {
  readonly hidden: number;
  readonly epochs: number;
  /** Share of the inputs that a step does not see. */
  readonly dropout: number;
  readonly seed: string;
  report?(epoch: number, loss: number): void;
}

const BATCH = 256;
const HIDDEN_DROPOUT = 0.2;
const RATE = 1e-3;
/** Of the weights towards 0, as a share of the rate (Loshchilov and Hutter, 2019). */
const DECAY = 1e-4;
const MOMENT = 0.9;
const SECOND_MOMENT = 0.999;
const EPSILON = 1e-8;

export async function fitPerceptron(
  problem: PerceptronProblem,
  options: PerceptronOptions,
): Promise<Perceptron> {
  const { rows, outputs } = problem;
  const columns = problem.inputs.length / rows;
  const { hidden, epochs, seed } = options;
  const next = pixelRandomOf(seed);
  const normals = (length: number, deviation: number) =>
    Float32Array.from({ length }, () => deviation * gaussian(next));
  // He et al., 2015, for the rectified layer.
  const parameters = [
    normals(columns * hidden, Math.sqrt(2 / columns)),
    new Float32Array(hidden),
    normals(hidden * outputs, Math.sqrt(1 / hidden)),
    new Float32Array(outputs),
  ] as const;
  const shapes = [[columns, hidden], [hidden], [hidden, outputs], [outputs]] as const;
  const session = await InferenceSession.create(stepGraph(columns, hidden, outputs));
  const adam = parameters.map((values) => new Adam(values));
  const perEpoch = Math.floor(rows / BATCH);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(rows, next);
    let loss = 0;
    for (let batch = 0; batch < perEpoch; batch++, step++) {
      const chosen = order.subarray(batch * BATCH, (batch + 1) * BATCH);
      const feeds = {
        x: new Tensor(dropped(problem.inputs, columns, chosen, options.dropout, next), [
          BATCH,
          columns,
        ]),
        y: new Tensor(rowsOf(problem.targets, outputs, chosen), [BATCH, outputs]),
        keep: new Tensor(mask(BATCH * hidden, HIDDEN_DROPOUT, next), [BATCH, hidden]),
        ...Object.fromEntries(
          parameters.map((values, i) => [NAMES[i], new Tensor(values, shapes[i]!)]),
        ),
      };
      const results = await session.run(feeds);
      // From the full rate down to nothing along a half cosine (Loshchilov and Hutter, 2017).
      const rate = RATE * 0.5 * (1 + Math.cos((Math.PI * step) / (epochs * perEpoch)));
      adam.forEach((each, i) => {
        each.step(floats(results[`d_${NAMES[i]}`]), rate, i % 2 === 0 ? DECAY : 0);
      });
      loss += floats(results.loss)[0]! / perEpoch;
    }
    options.report?.(epoch, loss);
  }
  await session.release();
  const [hiddenWeights, hiddenBiases, outputWeights, outputBiases] = parameters;
  return { hiddenWeights, hiddenBiases, outputWeights, outputBiases };
}

const NAMES = ['w1', 'b1', 'w2', 'b2'] as const;

/** Loss and gradients of one batch. */
function stepGraph(columns: number, hidden: number, outputs: number): Uint8Array {
  const graph = new GraphBuilder('step');
  const x = graph.input('x', [BATCH, columns]);
  const y = graph.input('y', [BATCH, outputs]);
  const keep = graph.input('keep', [BATCH, hidden]);
  const [w1, b1, w2, b2] = [
    graph.input('w1', [columns, hidden]),
    graph.input('b1', [hidden]),
    graph.input('w2', [hidden, outputs]),
    graph.input('b2', [outputs]),
  ];
  const scalar = (value: number) => graph.float32(Float32Array.of(value), []);
  const transposed = (value: string) => graph.node('Transpose', [value], { perm: [1, 0] });
  const overBatch = (value: string) =>
    graph.node('ReduceSum', [value, graph.int64([0])], { keepdims: 0 });
  const z = graph.node('Add', [graph.node('MatMul', [x, w1]), b1]);
  const seen = graph.node('Mul', [graph.node('Relu', [z]), keep]);
  const answer = graph.node('Add', [graph.node('MatMul', [seen, w2]), b2]);
  const error = graph.node('Sub', [answer, y]);
  const slope = graph.node('Mul', [error, scalar(2 / BATCH)]);
  const active = graph.node('Cast', [graph.node('Greater', [z, scalar(0)])], {
    to: DataType.float32,
  });
  const back = graph.node('MatMul', [slope, transposed(w2)]);
  const atHidden = graph.node('Mul', [graph.node('Mul', [back, keep]), active]);
  graph.output('d_w1', [columns, hidden], graph.node('MatMul', [transposed(x), atHidden]));
  graph.output('d_b1', [hidden], overBatch(atHidden));
  graph.output('d_w2', [hidden, outputs], graph.node('MatMul', [transposed(seen), slope]));
  graph.output('d_b2', [outputs], overBatch(slope));
  const squares = graph.node('Mul', [error, error]);
  const loss = graph.node('ReduceMean', [squares], { keepdims: 0 });
  graph.output('loss', [], loss);
  return graph.finish();
}

class Adam {
  readonly #values: Float32Array;
  readonly #first: Float32Array;
  readonly #second: Float32Array;
  #steps = 0;

  constructor(values: Float32Array) {
    this.#values = values;
    this.#first = new Float32Array(values.length);
    this.#second = new Float32Array(values.length);
  }

  step(gradient: Float32Array, rate: number, decay: number): void {
    this.#steps++;
    const [values, first, second] = [this.#values, this.#first, this.#second];
    const firstScale = 1 / (1 - MOMENT ** this.#steps);
    const secondScale = 1 / (1 - SECOND_MOMENT ** this.#steps);
    for (let i = 0; i < values.length; i++) {
      const slope = gradient[i]!;
      first[i] = MOMENT * first[i]! + (1 - MOMENT) * slope;
      second[i] = SECOND_MOMENT * second[i]! + (1 - SECOND_MOMENT) * slope * slope;
      const towards = (first[i]! * firstScale) / (Math.sqrt(second[i]! * secondScale) + EPSILON);
      values[i]! -= rate * (towards + decay * values[i]!);
    }
  }
}

function shuffled(count: number, next: () => number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function rowsOf(values: Float32Array, columns: number, chosen: Uint32Array): Float32Array {
  const rows = new Float32Array(chosen.length * columns);
  chosen.forEach((row, i) => {
    rows.set(values.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return rows;
}

function dropped(
  values: Float32Array,
  columns: number,
  chosen: Uint32Array,
  share: number,
  next: () => number,
): Float32Array {
  const rows = rowsOf(values, columns, chosen);
  const scale = 1 / (1 - share);
  for (let i = 0; i < rows.length; i++) rows[i] = next() < share ? 0 : rows[i]! * scale;
  return rows;
}

function mask(length: number, share: number, next: () => number): Float32Array {
  return Float32Array.from({ length }, () => (next() < share ? 0 : 1 / (1 - share)));
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError('A gradient is no float tensor');
  return tensor.data;
}
