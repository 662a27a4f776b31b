/** The AWS CLI against the S3 under test. Skipped where there is no `aws` command. */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get, openTarget, put, type Target } from './s3-target.ts';

function cliVersion(): string | undefined {
  try {
    return execFileSync('aws', ['--version'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}

const version = cliVersion();
const title = version ?? 'the AWS CLI (skipped: there is no `aws` command on this machine)';

describe.skipIf(version === undefined)(title, { timeout: 60_000 }, () => {
  let target: Target;
  let directory: string;

  beforeAll(async () => {
    target = await openTarget();
    directory = await mkdtemp(path.join(tmpdir(), 'recollect-s3-cli-'));
  });
  afterAll(async () => {
    await target.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function aws(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('aws', args, {
      cwd: directory,
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: target.endpoint,
        AWS_ACCESS_KEY_ID: target.accessKeyId,
        AWS_SECRET_ACCESS_KEY: target.secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_CONFIG_FILE: path.join(directory, 'no-config'),
        AWS_SHARED_CREDENTIALS_FILE: path.join(directory, 'no-credentials'),
        AWS_PAGER: '',
      },
    });
    return stdout;
  }

  const file = (name: string) => path.join(directory, name);
  const url = (key: string) => `s3://${target.bucket}/${key}`;

  it('copies a large file in parts, there, across and back', async () => {
    const data = randomBytes(20 << 20);
    await writeFile(file('large'), data);
    await aws('s3', 'cp', 'large', url('large'), '--only-show-errors');
    await aws('s3', 'cp', url('large'), url('copied'), '--only-show-errors');
    await aws('s3', 'cp', url('copied'), 'back', '--only-show-errors');
    expect((await readFile(file('back'))).equals(data)).toBe(true);
    expect((await get(target, 'large')).ETag).toMatch(/-3"$/);
  });

  it('synchronises and lists a folder, and removes it', async () => {
    await mkdir(file('folder/deep'), { recursive: true });
    await writeFile(file('folder/deep/a.txt'), 'a');
    await writeFile(file('folder/ü +&.txt'), 'bb');
    await aws('s3', 'sync', 'folder', url('folder/'), '--only-show-errors');
    const listed = await aws('s3', 'ls', '--recursive', url('folder/'));
    expect(listed).toMatch(/ 1 folder\/deep\/a\.txt\n/);
    expect(listed).toMatch(/ 2 folder\/ü \+&\.txt\n/);
    await aws('s3', 'rm', '--recursive', url('folder/'), '--only-show-errors');
    expect(await aws('s3', 'sync', url('folder/'), 'emptied')).toBe('');
  });

  it('presigns', async () => {
    await put(target, 'signed ü.txt', 'presigned');
    const link = (await aws('s3', 'presign', url('signed ü.txt'))).trim();
    expect(await (await fetch(link)).text()).toBe('presigned');
    const forged = link.replace('Signature=', 'Signature=0');
    expect((await fetch(forged)).status).toBeGreaterThanOrEqual(400);
  });

  it('reads the error of a missing key', async () => {
    const call = aws('s3api', 'get-object', '--bucket', target.bucket, '--key', 'missing', 'out');
    await expect(call).rejects.toThrow('(NoSuchKey)');
  });
});
