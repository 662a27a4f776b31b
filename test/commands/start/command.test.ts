/** The settings of local mode: flags, variables, defaults, and everything that can be wrong with them. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../infra/commands/cli/index.ts';
import { settings, start } from '../../../infra/commands/start/command.ts';
import { isLoopback } from '../../../infra/local/options.ts';
import { ran } from '../../support/recollect.ts';

const DEFAULTS = {
  port: 8000,
  s3Port: 8001,
  host: '127.0.0.1',
  data: './.recollect',
  foldAt: 500,
  foldTail: undefined,
  foldRewrites: undefined,
  createCollections: false,
  afterUpload: 'keep',
  auth: false,
  publicHosts: [],
  corsOrigins: [],
  judgements: true,
  threads: undefined,
  console: true,
  auditDays: 0,
  videoRate: 5,
};

/** Every setting with its flag, its variable, a value and what it becomes. */
const SETTINGS = [
  { flag: '--port', variable: 'PORT', text: '9000', means: { port: 9000 } },
  { flag: '--s3-port', variable: 'S3_PORT', text: '9001', means: { s3Port: 9001 } },
  { flag: '--host', variable: 'HOST', text: 'localhost', means: { host: 'localhost' } },
  {
    flag: '--audit-days',
    variable: 'RECOLLECT_AUDIT_DAYS',
    text: '30',
    means: { auditDays: 30 },
  },
  { flag: '--data', variable: 'RECOLLECT_DATA', text: './x', means: { data: './x' } },
  {
    flag: '--after-upload',
    variable: 'RECOLLECT_AFTER_UPLOAD',
    text: 'tag',
    means: { afterUpload: 'tag' },
  },
  { flag: '--threads', variable: 'RECOLLECT_THREADS', text: '3', means: { threads: 3 } },
  {
    flag: '--fold-tail',
    variable: 'RECOLLECT_FOLD_TAIL',
    text: '5000',
    means: { foldTail: 5000 },
  },
  {
    flag: '--fold-rewrites',
    variable: 'RECOLLECT_FOLD_REWRITES',
    text: '3',
    means: { foldRewrites: 3 },
  },
  { flag: '--fold-at', variable: 'RECOLLECT_FOLD_AT', text: '7', means: { foldAt: 7 } },
  {
    flag: '--cors',
    variable: 'RECOLLECT_CORS',
    text: 'http://localhost:5173,https://faces.example',
    means: { corsOrigins: ['http://localhost:5173', 'https://faces.example'] },
  },
  {
    flag: '--public-host',
    variable: 'RECOLLECT_PUBLIC_HOST',
    text: 'faces.example, faces.example:8443',
    means: { publicHosts: ['faces.example', 'faces.example:8443'] },
  },
] as const;

const readOptions = (args: readonly string[], environment: Record<string, string>) =>
  settings(start.read(args, environment));

/** @returns the lines of the message about settings that are refused */
function problems(args: readonly string[], environment: Record<string, string> = {}): string[] {
  try {
    readOptions(args, environment);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message.split('\n');
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

  it.each(SETTINGS)('is named by the help: $flag, $variable', async ({ flag, variable }) => {
    const { printed } = await ran(['start', '--help']);
    expect(printed).toContain(flag);
    expect(printed).toContain(variable);
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
  it.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost', '0.0.0.0', '::', '192.168.0.1'])(
    'may be an address of this machine: %s',
    (host) => {
      expect(readOptions(['--host', host], {}).host).toBe(host);
    },
  );

  it.each(['', '127.evil.example', '127.0.0.1.example', '127.0.0', 'http://127.0.0.1', '[::1]'])(
    'may not be anything else: "%s"',
    (host) => {
      expect(problems([`--host=${host}`])).toEqual([
        `The host must be an address of this machine, such as 0.0.0.0 for all, not "${host}".`,
      ]);
    },
  );

  it.each<[string, boolean]>([
    ['localhost', true],
    ['127.0.0.1', true],
    ['127.255.0.3', true],
    ['::1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.127.0.0', false],
    ['127.evil.example', false],
    ['', false],
  ])('is or is not out of the reach of others: %s, %s', (host, alone) => {
    expect(isLoopback(host)).toBe(alone);
  });
});

describe('access keys', () => {
  it('are asked for with a flag or a variable', () => {
    expect(readOptions(['--auth'], {}).auth).toBe(true);
    expect(readOptions([], { RECOLLECT_AUTH: '1' }).auth).toBe(true);
    expect(readOptions([], { RECOLLECT_AUTH: '0' }).auth).toBe(false);
    expect(readOptions([], { RECOLLECT_AUTH: '' }).auth).toBe(false);
  });

  it('are asked for by the flag, whatever the variable says', () => {
    expect(readOptions(['--auth'], { RECOLLECT_AUTH: '0' }).auth).toBe(true);
  });

  it.each(['true', 'yes', 'off', '2'])('may not be switched by "%s"', (text) => {
    expect(problems([], { RECOLLECT_AUTH: text })).toEqual([
      `RECOLLECT_AUTH must be 1 or 0, not "${text}".`,
    ]);
  });
});

describe('collections that uploads create', () => {
  it('are asked for with a flag or a variable', () => {
    expect(readOptions(['--create-collections'], {}).createCollections).toBe(true);
    const set = (text: string) => readOptions([], { RECOLLECT_CREATE_COLLECTIONS: text });
    expect([set('1'), set('0'), set('')].map(({ createCollections }) => createCollections)).toEqual(
      [true, false, false],
    );
  });
});

describe('judgements', () => {
  it('are switched off with a flag or a variable', () => {
    expect(readOptions(['--no-judgements'], {}).judgements).toBe(false);
    expect(readOptions([], { RECOLLECT_JUDGEMENTS: '0' }).judgements).toBe(false);
    expect(readOptions([], { RECOLLECT_JUDGEMENTS: '1' }).judgements).toBe(true);
    expect(readOptions([], { RECOLLECT_JUDGEMENTS: '' }).judgements).toBe(true);
  });

  it('are switched off by the flag, whatever the variable says', () => {
    const options = readOptions(['--no-judgements'], { RECOLLECT_JUDGEMENTS: '1' });
    expect(options.judgements).toBe(false);
  });

  it.each(['off', 'false', 'no', '2'])('may not be switched by "%s"', (text) => {
    expect(problems([], { RECOLLECT_JUDGEMENTS: text })).toEqual([
      `RECOLLECT_JUDGEMENTS must be 1 or 0, not "${text}".`,
    ]);
  });

  it('are named by the help', async () => {
    const { printed } = await ran(['start', '--help']);
    expect(printed).toContain('--no-judgements');
    expect(printed).toContain('RECOLLECT_JUDGEMENTS=0');
  });
});

describe('public hosts', () => {
  it('may be separated by commas, of which some may be too many', () => {
    const { publicHosts } = readOptions(['--public-host', ',a.example,, b:1 ,'], {});
    expect(publicHosts).toEqual(['a.example', 'b:1']);
  });

  it.each(['https://a.example', 'a.example/path', 'a b', 'a:port', 'a:'])(
    'may not be "%s"',
    (name) => {
      expect(problems(['--public-host', name])).toEqual([
        `A public host is a name, perhaps with a port, not "${name}".`,
      ]);
    },
  );
});

describe('a number of vectors that makes a fold', () => {
  it.each(['', '0', '-1', '1.5', 'x', '1e3', '10000000000'])('may not be "%s"', (text) => {
    expect(problems([`--fold-at=${text}`])).toEqual([
      `The number of vectors that makes a fold must be a number from 1 to 999999999, not "${text}".`,
    ]);
  });
});

describe('a fold', () => {
  it('takes as many vectors as make one, or more', () => {
    expect(problems(['--fold-at=2000', '--fold-tail=1999'])).toEqual([
      'One fold must take at least as many vectors as make a fold.',
    ]);
    expect(problems(['--fold-at=2000', '--fold-tail=2000', '--fold-rewrites=1'])).toEqual([]);
    expect(problems(['--fold-tail=999', '--fold-rewrites=0'])).toEqual([
      'The number of vectors that one fold takes must be a number from 1000 to 150000, not "999".',
      'The number of shards that one fold rewrites must be a number from 1 to 1000, not "0".',
    ]);
  });
});

describe('what is wrong', () => {
  it('is told in one message', () => {
    const args = ['--port', 'x', '--s3-port', '70000', '--host', 'everywhere', '--data='];
    const environment = {
      RECOLLECT_FOLD_AT: 'no',
      RECOLLECT_AUTH: 'maybe',
      RECOLLECT_CREATE_COLLECTIONS: 'some',
      RECOLLECT_AFTER_UPLOAD: 'burn',
      RECOLLECT_PUBLIC_HOST: 'a/b',
    };
    expect(problems(args, environment)).toEqual([
      'The port must be a number from 0 to 65535, not "x".',
      'The S3 port must be a number from 0 to 65535, not "70000".',
      'The host must be an address of this machine, such as 0.0.0.0 for all, not "everywhere".',
      'The data folder must have a name.',
      'RECOLLECT_AUTH must be 1 or 0, not "maybe".',
      'A public host is a name, perhaps with a port, not "a/b".',
      'RECOLLECT_CREATE_COLLECTIONS must be 1 or 0, not "some".',
      'What is done after an upload must be one of keep, tag, delete, not "burn".',
      'The number of vectors that makes a fold must be a number from 1 to 999999999, not "no".',
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
