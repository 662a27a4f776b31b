/** Whether all bytes of all objects are there as they were written. Looks, and changes nothing. */
import path from 'node:path';
import { StoreError } from '../storage/index.ts';
import { Blobs } from './storage/blobs.ts';
import { Metadata } from './storage/metadata.ts';

/**
 * @param directory of a server that is stopped
 * @returns what is wrong, a sentence each
 * @throws StoreError if the metadata cannot be read
 */
export async function inspectS3(directory: string): Promise<string[]> {
  const folder = path.join(directory, 'metadata');
  const metadata = await Metadata.open({ folder, mode: 'existing' });
  try {
    const blobs = await Blobs.open(path.join(directory, 'blobs'), false);
    const problems: string[] = [];
    for await (const { what, segments } of metadata.named()) {
      for (const segment of segments) {
        try {
          for await (const _block of blobs.read(segment, 0, segment.size - 1));
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
          problems.push(`${what}: ${error.message}`);
        }
      }
    }
    return problems;
  } finally {
    await metadata.close();
  }
}
