/** The parts of an import: command line, journal, pace, progress, CSV, sources, and what errors mean. */
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConflictException, RekognitionServiceException } from '@aws-sdk/client-rekognition';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connection } from '../../infra/connection.ts';
import { ImportCommandError, readImportCommand } from '../../infra/import/command.ts';
import { rejectedCsv } from '../../infra/import/csv.ts';
import { inlineImage } from '../../infra/import/inline-image.ts';
import { Journal, JournalError } from '../../infra/import/journal.ts';
import { Pace } from '../../infra/import/pace.ts';
import { duration, Progress } from '../../infra/import/progress.ts';
import { meaningOf } from '../../infra/import/service.ts';
import { FolderSource } from '../../infra/import/source.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'recollect-import-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the command line', () => {
  it('names a source and a collection', () => {
    expect(readImportCommand(['photos', '--collection', 'family'])).toMatchObject({
      source: { kind: 'folder', folder: path.resolve('photos') },
      collection: 'family',
      create: false,
      userFromFolder: false,
      parallel: 4,
    });
    expect(readImportCommand(['s3://bucket/a/b', '--collection=x']).source).toEqual({
      kind: 's3',
      bucket: 'bucket',
      prefix: 'a/b',
    });
  });

  it.each([
    [[], 'Say what to import'],
    [['photos'], 'Say where it goes'],
    [['s3://', '--collection', 'a'], 'Say what to import'],
    [['photos', 'more', '--collection', 'a'], 'What is "more"?'],
    [['photos', '--collection', 'a b'], 'A collection id'],
    [['photos', '--collection', 'a', '--parallel', '0'], 'Requests at once'],
    [['photos', '--collection', 'a', '--parallel', '65'], 'Requests at once'],
    [['photos', '--collection', 'a', '--max-faces=-1'], 'The most faces'],
    [['photos', '--collection', 'a', '--quality-filter', 'high'], 'The quality filter'],
    [['photos', '--collection', 'a', '--endpoint', 'here'], 'An endpoint is'],
    [['photos', '--colection', 'a'], 'colection'],
  ])('may be wrong: %j', (args, text) => {
    expect(() => readImportCommand(args)).toThrow(ImportCommandError);
    expect(() => readImportCommand(args)).toThrow(text);
  });
});

describe('the connection', () => {
  it('is never one to AWS by default', () => {
    expect(connection({}, {}, 'REKOGNITION').endpoint).toBe('http://127.0.0.1:8000');
    expect(connection({}, { AWS_ACCESS_KEY_ID: 'A' }, 'REKOGNITION').endpoint).toBe(
      'http://127.0.0.1:8000',
    );
  });

  it('takes address and region of the environment, and any credentials on this machine', () => {
    const environment = {
      AWS_ENDPOINT_URL_REKOGNITION: 'http://localhost:9',
      AWS_REGION: 'eu-west-1',
    };
    expect(connection({}, environment, 'REKOGNITION')).toEqual({
      endpoint: 'http://localhost:9',
      region: 'eu-west-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    const keys = { ...environment, AWS_ACCESS_KEY_ID: 'AKIA' };
    expect(connection({}, keys, 'REKOGNITION')).not.toHaveProperty('credentials');
    const elsewhere = { endpoint: 'https://127.0.0.1.example.org/' };
    expect(connection(elsewhere, {}, 'REKOGNITION')).not.toHaveProperty('credentials');
  });
});

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

describe('the pace', () => {
  const create = (most: number) => {
    let now = 0;
    const slept: number[] = [];
    const pace = new Pace({
      most,
      clock: () => now,
      sleep: async (milliseconds) => {
        slept.push(milliseconds);
        now += milliseconds;
      },
      random: () => 1,
    });
    const pass = (milliseconds: number) => {
      now += milliseconds;
    };
    return { pace, slept, pass };
  };

  it('is never faster than it may be, and lets requests through one by one', async () => {
    const { pace } = create(3);
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, () =>
        pace.run(async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, 1));
          running--;
        }),
      ),
    );
    expect(most).toBe(3);
  });

  it('halves when it is refused, pauses longer each time, and recovers', async () => {
    const { pace, slept, pass } = create(8);
    const limits: number[] = [];
    for (let i = 0; i < 4; i++) {
      pace.refused();
      limits.push(pace.limit);
      await pace.run(async () => undefined);
      pass(1);
    }
    expect(limits).toEqual([4, 2, 1, 1]);
    expect(slept).toEqual([200, 400, 800, 1600]);
    for (let i = 0; i < 100; i++) pace.answered();
    expect(pace.limit).toBe(8);
  });

  it('takes refusals of requests that were under way together for one', () => {
    const { pace } = create(8);
    for (let i = 0; i < 8; i++) pace.refused();
    expect(pace.limit).toBe(4);
  });
});

describe('an error', () => {
  const metadata = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });
  const named = (name: string, status = 400) =>
    new RekognitionServiceException({ name, $fault: 'client', message: '', ...metadata(status) });

  it.each([
    [named('InvalidImageFormatException'), 'rejected'],
    [named('ImageTooLargeException'), 'rejected'],
    [named('ThrottlingException'), 'slow'],
    [named('ProvisionedThroughputExceededException'), 'slow'],
    [named('Whatever', 503), 'slow'],
    [named('InternalServerError', 500), 'passing'],
    [new ConflictException({ message: '', ...metadata(400) }), 'passing'],
    [Object.assign(new Error(), { code: 'ECONNREFUSED' }), 'passing'],
    [Object.assign(new Error(), { name: 'TimeoutError' }), 'passing'],
    [named('AccessDeniedException'), 'fatal'],
    [named('UnrecognizedClientException'), 'fatal'],
    [named('ResourceNotFoundException'), 'fatal'],
    [new TypeError('A bug.'), 'fatal'],
  ])('means what the import does about it: %s', (error, meaning) => {
    expect(meaningOf(error)).toBe(meaning);
  });
});

describe('progress', () => {
  const totals = { photographs: 0, faces: 7, rejected: 1, userProblems: 0 };
  const start = (isTTY: boolean, total: number) => {
    let now = 0;
    const written: string[] = [];
    const output = { isTTY, write: (text: string) => written.push(text) > 0 };
    const progress = new Progress({ output, total, clock: () => now });
    const step = (milliseconds: number, wasWork: boolean) => {
      now += milliseconds;
      progress.count(wasWork, totals);
    };
    return { written, progress, step };
  };

  it('is plain lines where there is no terminal, every ten seconds', () => {
    const { written, step } = start(false, 100);
    for (let i = 0; i < 50; i++) step(500, true);
    expect(written).toHaveLength(3);
    expect(written.at(-1)).toBe('41/100  7 faces  1 rejected  2.0/s  0:30 left\n');
  });

  it('is a bar on a terminal, and leaves its line at the end', () => {
    const { written, progress, step } = start(true, 4);
    for (let i = 0; i < 4; i++) step(1000, true);
    progress.end(totals);
    expect(written[1]).toContain('[############............] 2/4');
    expect(written.at(-2)).toContain('[########################] 4/4');
    expect(written.at(-1)).toBe('\n');
  });

  it('does not count what was done before as speed', () => {
    const { written, step } = start(true, 200);
    for (let i = 0; i < 100; i++) step(0, false);
    for (let i = 0; i < 10; i++) step(1000, true);
    expect(written.at(-1)).toContain('110/200  7 faces  1 rejected  1.0/s  1:30 left');
  });

  it.each([
    [0, '0:00'],
    [59.6, '1:00'],
    [3599, '59:59'],
    [3723, '1:02:03'],
  ])('prints %d seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
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

describe('a folder', () => {
  it('has the photographs that are in it, deep down, always in the same order', async () => {
    await mkdir(path.join(directory, 'b/ü'), { recursive: true });
    await mkdir(path.join(directory, '.hidden'));
    for (const file of [
      'z.JPG',
      'a.png',
      'b/1.jpeg',
      'b/ü/2.jpg',
      'notes.txt',
      '.x.jpg',
      '.hidden/y.jpg',
    ]) {
      await writeFile(path.join(directory, file), file);
    }
    await symlink(path.join(directory, 'a.png'), path.join(directory, 'link.png'));
    await symlink(directory, path.join(directory, 'circle.jpg'));
    await symlink(path.join(directory, 'nothing'), path.join(directory, 'broken.jpg'));
    const names: string[] = [];
    for await (const { name } of new FolderSource(directory).photographs()) names.push(name);
    expect(names).toEqual(['a.png', 'b/1.jpeg', 'b/ü/2.jpg', 'link.png', 'z.JPG']);
  });

  it('has another version of a photograph that is replaced', async () => {
    const file = path.join(directory, 'a.jpg');
    await writeFile(file, 'one');
    const { value: photograph } = await new FolderSource(directory).photographs().next();
    if (photograph === undefined) throw new Error('The folder is empty.');
    const before = await photograph.version();
    await writeFile(file, 'other');
    expect(await photograph.version()).not.toBe(before);
    expect((await photograph.image()).Bytes).toEqual(await readFile(file));
  });
});

describe('a photograph that is too large for a request', () => {
  it('is sent smaller, upright', async () => {
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 };
    const large = await sharp({
      create: { width: 2600, height: 1800, channels: 3, background: 'grey', noise },
    })
      .jpeg({ quality: 100 })
      .withExif({ IFD0: { Orientation: '6' } })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    expect(large.length).toBeGreaterThan(4.4 * 1024 * 1024);
    const small = await inlineImage(large);
    expect(small.length).toBeLessThan(large.length);
    expect(await sharp(small).metadata()).toMatchObject({
      format: 'jpeg',
      width: 1800,
      height: 2600,
    });
  });

  it('is sent as it is if it is small, or no photograph at all', async () => {
    const small = Buffer.from('small');
    expect(await inlineImage(small)).toBe(small);
    const large = Buffer.alloc(5 * 1024 * 1024, 'no image');
    expect(await inlineImage(large)).toBe(large);
  });
});
