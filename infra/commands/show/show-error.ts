import { Failure } from '../cli/index.ts';

/** A photograph that cannot be shown; its message says all there is to say. */
export class ShowError extends Failure {
  override readonly name = 'ShowError';
}
