/** Writes of vectors to faces, and what their refusals mean. */
import type { Collection } from './collections.ts';
import { CollectionChangedError, CollectionNotFoundError } from './errors.ts';
import type { FaceVector, NewFace } from './face-item.ts';
import { slotValues } from './face-item.ts';
import { faceKey } from './keys.ts';
import type { Refusal, Write } from './table.ts';

/** A vector for a face that is stored already. */
export interface VectorOfFace extends FaceVector {
  readonly id: string;
}

/** @throws CollectionNotFoundError, CollectionChangedError */
export function throwRefusal({ id }: Collection, counter: Refusal | undefined): void {
  if (counter === undefined) return;
  throw counter.item ? new CollectionChangedError(id) : new CollectionNotFoundError(id);
}

/** The faces with their other vectors; those that have one. */
export function shadowsOf(faces: readonly NewFace[]): VectorOfFace[] {
  return faces.flatMap(({ id, shadow }) => (shadow ? [{ id, ...shadow }] : []));
}

/** Gives a face its vector in a slot, where it has none. */
export function given(view: Collection, vectorName: string, face: VectorOfFace): Write {
  const values = Object.entries(slotValues(view, face));
  return {
    update: faceKey(view.generation, face.id),
    expression: `SET ${values.map(([name]) => `${name} = :${name}`).join(', ')}`,
    condition: `attribute_exists(pk) AND attribute_not_exists(${vectorName})`,
    values: Object.fromEntries(values.map(([name, value]) => [`:${name}`, value])),
    returnOld: true,
  };
}
