/** Programs of other languages, which a machine may have or not. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether the command runs at all; says so where it does not. */
export function present(command: string, args: readonly string[]): boolean {
  const found = spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (!found) console.warn(`Skipped, for want of: ${[command, ...args].join(' ')}`);
  return found;
}

/** @returns what it printed. @throws with what it printed to standard error */
export async function output(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  folder: string = process.cwd(),
): Promise<string> {
  const { stdout } = await run(command, [...args], {
    cwd: folder,
    env: { ...process.env, ...environment },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** What the AWS CLI and boto3 take from the environment: a region and credentials that mean nothing. */
export const AWS_ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_DEFAULT_REGION: 'eu-central-1',
  AWS_CONFIG_FILE: 'none',
  AWS_SHARED_CREDENTIALS_FILE: 'none',
} as const;
