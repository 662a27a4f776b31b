/** What holds for every command: help before all else, mistakes in sentences, codes that scripts can read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  command,
  Failure,
  flag,
  list,
  text,
  UsageError,
  whole,
} from '../../../infra/commands/cli/index.ts';
import { commands } from '../../../infra/commands/table.ts';
import { RECOLLECT, ran } from '../../support/recollect.ts';

const names = commands.map(({ name }) => name);

describe('help', () => {
  it.each(names)('is printed for %s, with code 0, whatever else is asked', async (name) => {
    const plain = await ran([...name.split(' '), '--help']);
    const widest = Math.max(...plain.printed.split('\n').map(({ length }) => length));
    expect(widest).toBeLessThanOrEqual(100);
    expect(plain).toMatchObject({ code: 0, said: '' });
    expect(plain.printed).toMatch(new RegExp(`^[A-Z].*\\n\\nUsage: recollect ${name}\\b`));
    const others = [
      await ran([...name.split(' '), '-h']),
      await ran(['help', ...name.split(' ')]),
      await ran([...name.split(' '), 'nonsense', '--nonsense', '--help']),
    ];
    expect(others).toEqual([plain, plain, plain]);
  });

  it('lists every command', async () => {
    const asked = [await ran([]), await ran(['--help']), await ran(['-h']), await ran(['help'])];
    for (const { code, printed } of asked) {
      expect(code).toBe(0);
      for (const name of names) expect(printed).toContain(`\n  ${name} `);
    }
  });

  it('lists the commands about one thing', async () => {
    const { code, printed } = await ran(['keys', '--help']);
    expect(code).toBe(0);
    expect(printed).toMatch(/keys create[\s\S]*keys list[\s\S]*keys revoke/);
  });

  it.each(commands)('of $name names every option and fits into 100 columns', async (one) => {
    const { printed } = await ran([...one.name.split(' '), '--help']);
    for (const option of Object.keys(one.options)) expect(printed).toContain(`--${option}`);
    expect(Math.max(...printed.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  });

  it('is not help behind --', async () => {
    const { code } = await ran(['show', '--', '--help']);
    expect(code).toBe(2);
  });
});

describe('mistakes', () => {
  // Those that hand everything on leave the mistakes to another program.
  const reading = commands.filter(({ handsOn }) => !handsOn).map(({ name }) => name);

  it.each(reading)('of %s are told on standard error, with code 2', async (name) => {
    const { code, printed, said } = await ran([...name.split(' '), '--wrong=1']);
    expect({ code, printed }).toEqual({ code: 2, printed: '' });
    expect(said).toContain("Unknown option '--wrong'.");
    expect(said.split('\n').at(-1)).toBe(`recollect ${name} --help says what there is.`);
  });

  it('may be the command itself', async () => {
    expect(await ran(['strat'])).toEqual({
      code: 2,
      printed: '',
      said: 'There is no command "strat".\nrecollect --help says what there is.',
    });
  });
});

describe('a version', () => {
  it('is printed', async () => {
    expect(await ran(['--version'])).toEqual({ code: 0, printed: '1.2.3', said: '' });
  });
});

describe('what options mean', () => {
  const seen: unknown[] = [];
  const probe = command({
    name: 'probe',
    summary: 'is for tests',
    operands: { placeholder: 'A B', least: 1, most: 2, missing: 'Say A.' },
    options: {
      name: text({ placeholder: 'T', help: '', variable: 'NAME' }),
      needed: text({ placeholder: 'T', help: '', missing: 'Say what is needed.' }),
      count: whole({ placeholder: 'N', help: '', name: 'Count', from: 1, to: 9, fallback: 3 }),
      tags: list({ placeholder: 'A,B', help: '' }),
      loud: flag({ help: '', variable: 'LOUD' }),
      'not-quiet': flag({ help: '', variable: 'QUIET', on: '0' }),
    },
    run: async (asked) => {
      seen.push(asked);
      return undefined;
    },
  });
  const read = (args: readonly string[], environment = {}) => probe.read(args, environment);

  it('are typed values, with defaults', () => {
    expect(read(['a', '--needed', 'x'])).toEqual({
      operands: ['a'],
      given: new Set(['needed']),
      options: {
        name: undefined,
        needed: 'x',
        count: 3,
        tags: [],
        loud: false,
        'not-quiet': false,
      },
    });
  });

  it('come from variables where the command line has none', () => {
    const environment = { NAME: 'n', LOUD: '1', QUIET: '0' };
    expect(read(['a', '--needed=x'], environment).options).toMatchObject({
      name: 'n',
      loud: true,
      'not-quiet': true,
    });
    expect(read(['a', '--needed=x', '--name=m'], environment).options.name).toBe('m');
    expect(read(['a', '--needed=x'], { NAME: '', LOUD: '', QUIET: '1' }).options).toMatchObject({
      name: undefined,
      loud: false,
      'not-quiet': false,
    });
  });

  it('are the last of several, and of a list all', () => {
    const { tags, count } = read(
      ['a', '--needed=x', '--tags=a,b', '--count=1', '--tags', ' c ,', '--count=2'],
      {},
    ).options;
    expect(tags).toEqual(['a', 'b', 'c']);
    expect(count).toBe(2);
  });

  it('are all complained of at once', () => {
    expect(() => read(['--count=x', '--tags=', 'a', 'b', 'c'])).toThrow(
      new UsageError([
        'What is "c"?',
        'Say what is needed.',
        'Count must be a number from 1 to 9, not "x".',
        'Nothing is named by "".',
      ]),
    );
  });

  it('reach the command', async () => {
    await ran(['probe', 'a', '--needed=x'], {}, [probe]);
    expect(seen).toHaveLength(1);
  });
});

describe('what goes wrong', () => {
  const failing = (error: unknown) =>
    command({
      name: 'fail',
      summary: 'fails',
      options: {},
      run: async () => {
        throw error;
      },
    });
  const said = async (error: unknown) => {
    const { code, said: lines } = await ran(['fail'], {}, [failing(error)]);
    expect(code).toBe(1);
    return lines;
  };
  const system = (code: string, more: object) => Object.assign(new Error(code), { code, ...more });

  it.each<[unknown, RegExp]>([
    [new Failure('Do it otherwise.'), /^Do it otherwise\.$/],
    [
      system('ECONNREFUSED', { address: '127.0.0.1', port: 9 }),
      /^Nobody listens on 127\.0\.0\.1:9/,
    ],
    [
      Object.assign(
        new AggregateError([system('ECONNREFUSED', { address: '::1', port: 9 })], 'both'),
        { code: 'ECONNREFUSED' },
      ),
      /^Nobody listens on ::1:9/,
    ],
    [system('EADDRINUSE', { port: 8000 }), /^The port 8000 cannot be had.*--port/],
    [system('ENOSPC', { path: 'x' }), /^There is no room left on the disk of x/],
    [system('EEXIST', { path: 'x' }), /^x exists and is not what is expected/],
    [system('ENOENT', { path: 'x' }), /^x does not exist\.$/],
    [new Error('Region is missing'), /^Region is missing\. Set AWS_REGION/],
    [
      Object.assign(new Error('No.'), { name: 'AccessDeniedException', $metadata: {} }),
      /^AccessDeniedException: No\.$/,
    ],
  ])('is told in a sentence, without a trace: %s', async (error, expected) => {
    const lines = await said(error);
    expect(lines).toMatch(expected);
    expect(lines).not.toContain('    at ');
  });

  it('has a trace where it is a fault of ours', async () => {
    const cause = new Error('beneath');
    const lines = await said(new TypeError('x is not a function', { cause }));
    expect(lines).toMatch(/^This should not happen; please report it\.\nTypeError: x is not/);
    expect(lines).toContain('program.test.ts');
    expect(lines).toContain('caused by Error: beneath');
  });
});

it('ends as if by a signal when nobody reads its output any more', async () => {
  const data = await mkdtemp(path.join(tmpdir(), 'recollect-unread-'));
  const options = ['--port', '0', '--s3-port', '0', '--data', data];
  const child = spawn(process.execPath, [RECOLLECT, 'start', ...options]);
  const said: string[] = [];
  child.stderr.on('data', (text) => said.push(String(text)));
  const exited = once(child, 'exit');
  const [first] = await once(child.stdout, 'data');
  child.stdout.destroy();
  const [endpoint = ''] = /http:\S+/.exec(String(first)) ?? [];
  // What it says of the first request goes nowhere; it may end before it answers another.
  for (let i = 0; i < 2; i++) {
    await fetch(`${endpoint}/ListCollections`, { method: 'POST', body: '{}' }).catch(() => 0);
  }
  expect(await exited).toEqual([0, null]);
  expect(said.join('')).toMatch(/^Finishing what is in progress[^\n]*\n$/m);
  await rm(data, { recursive: true });
}, 60_000);
