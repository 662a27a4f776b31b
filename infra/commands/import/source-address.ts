/** Where photographs are, as a command line says it. */
import path from 'node:path';
import type { SourceAddress } from './request.ts';

/** @param given a folder, or `s3://bucket/prefix`. @returns undefined for neither */
export function readSource(given: string): SourceAddress | undefined {
  const match = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(given);
  if (match === null) {
    return given === '' ? undefined : { kind: 'folder', folder: path.resolve(given) };
  }
  const [, bucket = '', prefix = ''] = match;
  return bucket === '' ? undefined : { kind: 's3', bucket, prefix };
}
