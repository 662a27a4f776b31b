/**
 * Keeps a folder to one process at a time, until that process ends, however it ends.
 *
 * A holder listens on a socket of its own in the folder; the system closes it with the process. Whoever
 * comes later finds the socket and asks: one that refuses belonged to a process that is gone, and its name,
 * which nobody uses again, can be removed safely. Two that come at once see each other, and the one whose
 * name sorts first stays. On Windows, and where a folder takes no sockets, a name that follows from the
 * folder stands for it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, realpath, stat, symlink, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StoreInUseError } from './errors.ts';

export interface FolderLock {
  release(): Promise<void>;
}

const NAME = /^lock-([0-9a-f]{16})$/;
/** The most characters that the address of a socket may have everywhere. */
const LONGEST_ADDRESS = 100;
/** While both that came at once are undecided, the one that stays waits for the other to leave. */
const PATIENCE_MS = 2000;
const PAUSE_MS = 20;

const HELD = 'held';
const UNDECIDED = 'undecided';

/** @throws StoreInUseError */
export async function lockFolder(folder: string): Promise<FolderLock> {
  if (process.platform === 'win32') return lockName(folder, await pipeName(folder));
  const name = `lock-${randomBytes(8).toString('hex')}`;
  const address = await shortAddress(folder, name);
  let state = UNDECIDED;
  let server: Server;
  try {
    server = await listen(address, () => state);
  } catch (error) {
    if (isFullOrReadOnly(error) || process.platform !== 'linux') throw error;
    return lockName(folder, `\0${await pipeName(folder)}`);
  }
  const release = async () => {
    await close(server);
    await unlink(path.join(folder, name)).catch(() => undefined);
  };
  try {
    await outlast(folder, name);
  } catch (error) {
    await release();
    throw error;
  }
  state = HELD;
  return { release };
}

/** Returns when nobody else is there. @throws StoreInUseError */
async function outlast(folder: string, own: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const others = (await readdir(folder)).filter((name) => NAME.test(name) && name !== own);
    const answers = await Promise.all(
      others.map(async (name) => {
        const answer = await ask(await shortAddress(folder, name));
        if (answer === undefined) await unlink(path.join(folder, name)).catch(() => undefined);
        return { name, answer };
      }),
    );
    const alive = answers.filter(({ answer }) => answer !== undefined);
    if (alive.length === 0) return;
    const mustGo = alive.some(({ name, answer }) => answer === HELD || name < own);
    if (mustGo || Date.now() > deadline) throw new StoreInUseError(folder);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** @returns what the holder of a socket says of itself, undefined if there is none any more */
function ask(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = createConnection(address);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('end', () => resolve(answer || UNDECIDED));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const isGone = error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
      // One that is just leaving; who holds the folder answers the next time.
      resolve(isGone ? undefined : UNDECIDED);
    });
  });
}

async function lockName(folder: string, name: string): Promise<FolderLock> {
  try {
    const server = await listen(name, () => HELD);
    return { release: () => close(server) };
  } catch (cause) {
    if (isError(cause, 'EADDRINUSE')) throw new StoreInUseError(folder, cause);
    throw cause;
  }
}

function listen(address: string, state: () => string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(state());
    });
    server.once('error', reject);
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** An address of the socket that is short enough, whatever the folder's path. */
async function shortAddress(folder: string, name: string): Promise<string> {
  const choices = [path.join(folder, name), path.relative(process.cwd(), path.join(folder, name))];
  const short = choices.find((choice) => Buffer.byteLength(choice) <= LONGEST_ADDRESS);
  if (short !== undefined) return short;
  const link = path.join(tmpdir(), `rl-${digest(await realpath(folder)).slice(0, 16)}`);
  await symlink(path.resolve(folder), link).catch((error) => {
    if (!isError(error, 'EEXIST')) throw error;
  });
  return path.join(link, name);
}

/** The same for everybody who means the same folder. */
async function pipeName(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder, { bigint: true });
  const id = digest(`${await realpath(folder)} ${dev} ${ino}`).slice(0, 32);
  return process.platform === 'win32' ? `\\\\.\\pipe\\recollect-${id}` : `recollect-${id}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function isFullOrReadOnly(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES'].some((code) => isError(error, code));
}

function isError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
