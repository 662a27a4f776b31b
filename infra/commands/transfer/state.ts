/** Where a transfer stands: one small file, replaced as a whole, on the disk before anything depends on it. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../cli/index.ts';

/** A state is of another transfer, or cannot be read. */
export class TransferStateError extends Failure {
  override readonly name = 'TransferStateError';
}

/**
 * @param subject says what is transferred, from where to where
 * @returns undefined where there is none
 * @throws TransferStateError if it is that of another
 */
export async function readState<S extends { readonly subject: string }>(
  file: string,
  subject: string,
): Promise<S | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const state = parse<S>(file, text);
  if (state.subject === subject) return state;
  throw new TransferStateError(
    `${file} is of another transfer: ${state.subject}. Finish that one, or delete the file.`,
  );
}

export async function writeState<S extends { readonly subject: string }>(
  file: string,
  state: S,
): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(`${JSON.stringify(state)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

export async function forgetState(file: string): Promise<void> {
  await rm(file, { force: true });
}

function parse<S>(file: string, text: string): S {
  try {
    return JSON.parse(text) as S;
  } catch (cause) {
    throw new TransferStateError(`${file} cannot be read; delete it to begin anew.`, { cause });
  }
}
