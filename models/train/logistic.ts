/**
 * Logistic regression with an L2 penalty: of two classes with one score, the logit of class 1; of more
 * with a score for each, the logits of a softmax.
 */
import { type Limits, minimise } from './lbfgs.ts';

/** Rows of equally many numbers, one after the other. */
export interface Matrix {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

export interface Problem {
  readonly inputs: Matrix;
  /** The class of each row, from 0. */
  readonly classes: readonly number[];
  /** How much each row counts. */
  readonly importance: readonly number[];
  readonly classCount: number;
  /** Half of it times the sum of squared weights is added to the loss. Biases are free. */
  readonly penalty: number;
}

export interface Linear {
  /** For each score its weights, one after the other. */
  readonly weights: Float64Array;
  /** One for each score. */
  readonly biases: Float64Array;
}

const LIMITS: Limits = { iterations: 80, tolerance: 0.02 };

/** @returns the scores' weights and biases that minimise the weighted loss plus the penalty. */
export function fitLogistic(problem: Problem, limits = LIMITS): Linear {
  const { columns } = problem.inputs;
  const scores = problem.classCount === 2 ? 1 : problem.classCount;
  const size = scores * columns;
  const start = new Float64Array(size + scores);
  const found = minimise((x, gradient) => lossAt(problem, scores, x, gradient), start, limits);
  return { weights: found.slice(0, size), biases: found.slice(size) };
}

function lossAt(problem: Problem, scores: number, x: Float64Array, gradient: Float64Array): number {
  const { inputs, classes, importance, penalty } = problem;
  const { values, rows, columns } = inputs;
  const size = scores * columns;
  let loss = 0;
  for (let i = 0; i < size; i++) {
    gradient[i] = penalty * x[i]!;
    loss += 0.5 * penalty * x[i]! * x[i]!;
  }
  gradient.fill(0, size);
  const row = new Float64Array(scores);
  for (let n = 0; n < rows; n++) {
    const start = n * columns;
    for (let s = 0; s < scores; s++) {
      let sum = x[size + s]!;
      const offset = s * columns;
      for (let j = 0; j < columns; j++) sum += x[offset + j]! * values[start + j]!;
      row[s] = sum;
    }
    loss += importance[n]! * lossOfRow(row, classes[n]!);
    for (let s = 0; s < scores; s++) {
      const slope = importance[n]! * row[s]!;
      gradient[size + s]! += slope;
      const offset = s * columns;
      for (let j = 0; j < columns; j++) gradient[offset + j]! += slope * values[start + j]!;
    }
  }
  return loss;
}

/** The negative log-likelihood of a class; replaces the scores by its derivatives. */
function lossOfRow(scores: Float64Array, truth: number): number {
  if (scores.length === 1) {
    const score = scores[0]!;
    scores[0] = sigmoid(score) - truth;
    const margin = truth === 1 ? score : -score;
    return margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
  }
  const highest = Math.max(...scores);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
  const loss = Math.log(total) + highest - scores[truth]!;
  for (let s = 0; s < scores.length; s++) {
    scores[s] = Math.exp(scores[s]! - highest) / total - (s === truth ? 1 : 0);
  }
  return loss;
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
