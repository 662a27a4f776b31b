/** What a request touches, as far as keys can be limited to it. Pure. */
import { parseCollectionArn } from '../arn.ts';
import type { DecodedStructure } from '../decode.ts';
import type { StructureShape } from '../shapes.ts';

export type Resource =
  | { readonly kind: 'collection'; readonly id: string }
  /** The operation reads records without naming a collection: it may see all of them. */
  | { readonly kind: 'all collections' }
  /** An ARN that is not one of a collection. */
  | { readonly kind: 'something else'; readonly arn: string }
  /** No collection at all, as with CompareFaces. */
  | { readonly kind: 'none' };

interface Declared {
  readonly input: StructureShape;
  readonly uses: { readonly records: readonly string[] };
}

/** @param input validated against the declared shape */
export function resourceOf({ input: shape, uses }: Declared, input: DecodedStructure): Resource {
  const { CollectionId: id, ResourceArn: arn } = input;
  if (typeof id === 'string') return { kind: 'collection', id };
  if (typeof arn === 'string') {
    const named = parseCollectionArn(arn);
    return named === undefined
      ? { kind: 'something else', arn }
      : { kind: 'collection', id: named };
  }
  const mayNameOne = 'CollectionId' in shape.members || 'ResourceArn' in shape.members;
  return { kind: uses.records.length === 0 && !mayNameOne ? 'none' : 'all collections' };
}
