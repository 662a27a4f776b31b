/**
 * Minimises a smooth convex function: limited-memory BFGS (Nocedal and Wright, "Numerical Optimization",
 * 2006, algorithms 7.4 and 7.5) with a backtracking line search.
 */

/** @returns the value at `x`, and writes the gradient there into `gradient`. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface Limits {
  readonly iterations: number;
  /** Done when no component of the gradient is larger. */
  readonly tolerance: number;
}

/** Pairs of steps and changes of gradient that stand for the curvature. */
const MEMORY = 10;

/** Armijo's condition: the share of the promised decrease that a step must bring. */
const SUFFICIENT = 1e-4;

const MAX_HALVINGS = 30;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly inverse: number;
}

/** @returns the minimum as far as reached from `start`. The same input gives the same bits. */
export function minimise(objective: Objective, start: Float64Array, limits: Limits): Float64Array {
  let x = start.slice();
  let gradient = new Float64Array(x.length);
  let value = objective(x, gradient);
  const pairs: Pair[] = [];
  for (let i = 0; i < limits.iterations && largest(gradient) > limits.tolerance; i++) {
    const direction = descent(gradient, pairs);
    const slope = dot(direction, gradient);
    // The first direction knows no curvature, so its length is a guess.
    let length = pairs.length === 0 ? 1 / Math.sqrt(dot(gradient, gradient)) : 1;
    let next = along(x, direction, length);
    const nextGradient = new Float64Array(x.length);
    let nextValue = objective(next, nextGradient);
    for (let halved = 0; nextValue > value + SUFFICIENT * length * slope; halved++) {
      if (halved === MAX_HALVINGS) return x;
      length /= 2;
      next = along(x, direction, length);
      nextValue = objective(next, nextGradient);
    }
    const step = along(next, x, -1);
    const change = along(nextGradient, gradient, -1);
    const curvature = dot(step, change);
    if (curvature > 0) pairs.push({ step, change, inverse: 1 / curvature });
    if (pairs.length > MEMORY) pairs.shift();
    [x, gradient, value] = [next, nextGradient, nextValue];
  }
  return x;
}

/** The two-loop recursion: minus the inverse curvature times the gradient. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  let direction: Float64Array = gradient.map((value) => -value);
  const shares: number[] = [];
  for (const { step, change, inverse } of pairs.toReversed()) {
    const share = inverse * dot(step, direction);
    shares.push(share);
    direction = along(direction, change, -share);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.inverse * dot(last.change, last.change));
    direction = direction.map((value) => value * scale);
  }
  for (const { step, change, inverse } of pairs) {
    const share = shares.pop()! - inverse * dot(change, direction);
    direction = along(direction, step, share);
  }
  return direction;
}

function along(
  x: Float64Array,
  direction: Float64Array,
  length: number,
): Float64Array<ArrayBuffer> {
  return Float64Array.from(x, (value, i) => value + length * direction[i]!);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
