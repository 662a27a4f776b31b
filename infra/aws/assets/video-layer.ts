/** The layer that decodes video: FFmpeg as WebAssembly, where Lambda looks for packages. It fits every processor. */
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import path from 'node:path';

const PACKAGE = path.resolve(import.meta.dirname, '../../../node_modules/@ffmpeg/core');
const PARTS = ['package.json', 'dist/umd'];

/** The package is optional, and was left out. */
export class DecoderPackageError extends Error {
  override readonly name = 'DecoderPackageError';

  constructor() {
    super('video=true needs the package @ffmpeg/core, which is not installed: npm install');
  }
}

/** @param folder a new one. @returns it. @throws DecoderPackageError */
export async function buildVideoLayer(folder: string): Promise<string> {
  if (!existsSync(PACKAGE)) throw new DecoderPackageError();
  for (const part of PARTS) {
    const target = path.join(folder, 'nodejs/node_modules/@ffmpeg/core', part);
    await cp(path.join(PACKAGE, part), target, { recursive: true });
  }
  return folder;
}
