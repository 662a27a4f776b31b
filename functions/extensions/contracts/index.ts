/**
 * What the extensions are, without what they do: enough for commands, help and documents, and quick to
 * load. `functions/operations.ts` has the operations themselves.
 */
import type { ExtensionContract } from '../../../layers/protocol/index.ts';
import { searchAllFacesByImage } from './search-all-faces-by-image.ts';

export const contracts: readonly ExtensionContract[] = [searchAllFacesByImage];
