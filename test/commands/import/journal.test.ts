/** What an import remembers, and the list of what was rejected. */
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejectedCsv } from '../../../infra/commands/import/csv.ts';
import { Journal, JournalError } from '../../../infra/commands/import/journal.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'recollect-import-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('a journal', () => {
  const file = () => path.join(directory, 'deep', 'journal.ndjson');
  const open = (retryRejected = false, subject = 'a to b') =>
    Journal.open(file(), subject, retryRejected);
  const rejected = { code: 'X', message: 'x' };

  it('knows what is done, by name and version', async () => {
    const first = await open();
    await Promise.all([
      first.write({ name: 'a', version: '1', faces: 2 }),
      first.write({ name: 'b', version: '1', faces: 0, rejected }),
    ]);
    await first.close();
    const second = await open();
    expect(second.totals).toEqual({ photographs: 2, faces: 2, rejected: 1, userProblems: 0 });
    expect(second.isDone('a', '1')).toBe(true);
    expect(second.isDone('a', '2')).toBe(false);
    expect(second.isDone('c', '1')).toBe(false);
    await second.close();
  });

  it('does not count a line that a crash cut off', async () => {
    const first = await open();
    await first.write({ name: 'a', version: '1', faces: 2 });
    await first.close();
    await appendFile(file(), '{"name":"b","vers');
    const second = await open();
    expect(second.totals.photographs).toBe(1);
    await second.write({ name: 'b', version: '1', faces: 1 });
    await second.close();
    const third = await open();
    expect(third.totals).toMatchObject({ photographs: 2, faces: 3 });
    await third.close();
  });

  it('may forget what was rejected, and has the last word on each photograph', async () => {
    const first = await open();
    await first.write({ name: 'a', version: '1', faces: 0, rejected });
    await first.write({ name: 'b', version: '1', faces: 0, rejected });
    await first.close();
    const second = await open(true);
    expect(second.isDone('a', '1')).toBe(false);
    await second.write({ name: 'a', version: '1', faces: 3 });
    expect((await second.rejected()).map(({ name }) => name)).toEqual(['b']);
    await second.close();
  });

  it('serves one import', async () => {
    await (await open()).close();
    await expect(open(false, 'a to c')).rejects.toThrow(JournalError);
  });
});

describe('the CSV of what was rejected', () => {
  it('quotes what RFC 4180 wants quoted', () => {
    const entry = (name: string, message: string) => ({
      name,
      version: '1',
      faces: 0,
      rejected: { code: 'X', message },
    });
    expect(rejectedCsv([entry('a.jpg', 'plain'), entry('b,"c".jpg', 'two\nlines')])).toBe(
      'photograph,code,reason\r\na.jpg,X,plain\r\n"b,""c"".jpg",X,"two\nlines"\r\n',
    );
  });
});
