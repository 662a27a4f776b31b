/** The settings of local mode: flags, variables, defaults, and everything that can be wrong with them. */
import { describe, expect, it } from 'vitest';
import { OptionsError, readOptions, USAGE } from '../../infra/local/options.ts';

const DEFAULTS = {
  port: 8000,
  s3Port: 8001,
  host: '127.0.0.1',
  data: './.recollect',
  foldAt: 500,
};

/** Every setting with its flag, its variable, a value and what it becomes. */
const SETTINGS = [
  { flag: '--port', variable: 'PORT', text: '9000', means: { port: 9000 } },
  { flag: '--s3-port', variable: 'S3_PORT', text: '9001', means: { s3Port: 9001 } },
  { flag: '--host', variable: 'HOST', text: 'localhost', means: { host: 'localhost' } },
  { flag: '--data', variable: 'RECOLLECT_DATA', text: '/tmp/x', means: { data: '/tmp/x' } },
  { flag: '--fold-at', variable: 'RECOLLECT_FOLD_AT', text: '7', means: { foldAt: 7 } },
] as const;

/** @returns the lines of the message about settings that are refused, without the usage */
function problems(args: readonly string[], environment: Record<string, string> = {}): string[] {
  try {
    readOptions(args, environment);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    expect(error.message.endsWith(`\n${USAGE}`)).toBe(true);
    return error.message.slice(0, -USAGE.length - 1).split('\n');
  }
  return [];
}

describe('a setting', () => {
  it('has a default', () => {
    expect(readOptions([], {})).toEqual(DEFAULTS);
  });

  it.each(SETTINGS)('comes from $flag', ({ flag, text, means }) => {
    expect(readOptions([flag, text], {})).toEqual({ ...DEFAULTS, ...means });
    expect(readOptions([`${flag}=${text}`], {})).toEqual({ ...DEFAULTS, ...means });
  });

  it.each(SETTINGS)('comes from $variable', ({ variable, text, means }) => {
    expect(readOptions([], { [variable]: text })).toEqual({ ...DEFAULTS, ...means });
  });

  it.each(SETTINGS)('comes from $flag rather than $variable', ({ flag, variable, text, means }) => {
    const options = readOptions([flag, text], { [variable]: 'wrong in every place' });
    expect(options).toEqual({ ...DEFAULTS, ...means });
  });

  it.each(SETTINGS)('is the default where $variable is empty', ({ variable }) => {
    expect(readOptions([], { [variable]: '' })).toEqual(DEFAULTS);
  });

  it.each(SETTINGS)('is named by the usage: $flag, $variable', ({ flag, variable }) => {
    expect(USAGE).toContain(flag);
    expect(USAGE).toContain(variable);
  });
});

describe('a port', () => {
  it.each(['0', '1', '65535'])('may be %s', (text) => {
    expect(readOptions(['--port', text], {}).port).toBe(Number(text));
  });

  it.each(['', '-1', '65536', '80.5', '1e3', '0x50', ' 80', 'http', '100000'])(
    'may not be "%s"',
    (text) => {
      expect(problems([`--port=${text}`])).toEqual([
        `The port must be a number from 0 to 65535, not "${text}".`,
      ]);
      expect(problems([`--s3-port=${text}`])).toEqual([
        `The S3 port must be a number from 0 to 65535, not "${text}".`,
      ]);
    },
  );

  it('may not be that of the other server, unless both may be any', () => {
    const taken = ['The API and S3 need different ports.'];
    expect(problems(['--port', '8001'])).toEqual(taken);
    expect(problems(['--port', '08001'])).toEqual(taken);
    expect(problems([], { PORT: '9', S3_PORT: '9' })).toEqual(taken);
    expect(readOptions(['--port', '0', '--s3-port', '0'], {})).toMatchObject({
      port: 0,
      s3Port: 0,
    });
    expect(readOptions(['--port', '00', '--s3-port', '00'], {})).toMatchObject({ port: 0 });
  });
});

describe('a host', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost'])('may be this machine: %s', (host) => {
    expect(readOptions(['--host', host], {}).host).toBe(host);
  });

  it.each(['0.0.0.0', '::', '192.168.0.1', '127.evil.example', '127.0.0.1.example', ''])(
    'may not be another: "%s"',
    (host) => {
      const [problem, ...others] = problems([`--host=${host}`]);
      expect(problem).toMatch(/^The host must be this machine/);
      expect(problem).toContain(`not "${host}"`);
      expect(others).toEqual([]);
    },
  );
});

describe('a number of vectors that makes a fold', () => {
  it.each(['', '0', '-1', '1.5', 'x', '1e3', '10000000000'])('may not be "%s"', (text) => {
    expect(problems([`--fold-at=${text}`])).toEqual([
      `A fold needs a number from 1 on, not "${text}".`,
    ]);
  });
});

describe('what is wrong', () => {
  it('is told in one message', () => {
    const args = ['--port', 'x', '--s3-port', '70000', '--host', '0.0.0.0', '--data='];
    expect(problems(args, { RECOLLECT_FOLD_AT: 'no' })).toEqual([
      'The port must be a number from 0 to 65535, not "x".',
      'The S3 port must be a number from 0 to 65535, not "70000".',
      expect.stringMatching(/^The host must be this machine/),
      'The data folder must have a name.',
      'A fold needs a number from 1 on, not "no".',
    ]);
  });

  it.each([['--prot', '1'], ['extra'], ['--port']])(
    'may be the flags themselves: %s',
    (...args) => {
      expect(problems(args)).toHaveLength(1);
      expect(problems(args)[0]).toContain(args[0]);
    },
  );
});
