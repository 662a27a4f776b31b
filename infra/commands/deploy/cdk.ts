/** Runs the CDK of the repository on its app. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EXIT, Failure } from '../cli/index.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/**
 * @returns the exit code of the CDK
 * @throws Failure where there is no CDK: the package is installed without what only deploying needs
 */
export async function cdk(args: readonly string[]): Promise<number> {
  const program = installedCdk();
  // Ctrl-C goes to both; the CDK decides what becomes of what it has begun.
  const wait = () => undefined;
  process.on('SIGINT', wait);
  try {
    const child = spawn(process.execPath, [program, ...args], { cwd: ROOT, stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? EXIT.interrupted;
  } finally {
    process.off('SIGINT', wait);
  }
}

function installedCdk(): string {
  const require = createRequire(import.meta.url);
  try {
    // The layer is copied from the packages that the lock file names, which no installed package has.
    if (existsSync(path.join(ROOT, 'package-lock.json'))) return require.resolve('aws-cdk/bin/cdk');
  } catch (cause) {
    throw notHere(cause);
  }
  throw notHere();
}

function notHere(cause?: unknown): Failure {
  return new Failure(
    'Deploying needs a clone of the repository, in which `npm ci` has been run; there is no CDK here.',
    { cause },
  );
}
