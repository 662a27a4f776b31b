/** Work of more than two seconds says that it goes on; shorter work says nothing. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withProgress } from '../../../infra/commands/cli/index.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function shown(seconds: number, isTTY: boolean): Promise<string[]> {
  const written: string[] = [];
  const terminal = { isTTY, write: (text: string) => written.push(text) > 0 };
  const work = withProgress(
    { terminal, clock: Date.now },
    () => 'Folding',
    () => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)),
  );
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  await work;
  return written;
}

it.each([true, false])('says nothing of work that takes two seconds', async (isTTY) => {
  expect(await shown(1.9, isTTY)).toEqual([]);
});

it('rewrites a line of a terminal, and takes it away', async () => {
  const lines = await shown(4, true);
  expect(lines.length).toBeGreaterThan(4);
  expect(lines[0]).toBe('\r\u001b[KFolding ... 2 s');
  expect(lines.at(-1)).toBe('\r\u001b[K');
});

it('writes a line now and then elsewhere', async () => {
  expect(await shown(25, false)).toEqual([
    'Folding ... 2 s\n',
    'Folding ... 12 s\n',
    'Folding ... 22 s\n',
  ]);
});
