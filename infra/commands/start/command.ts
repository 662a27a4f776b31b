/** `recollect start`: its settings, as flags, else environment variables, else defaults. Pure. */
import { isIP } from 'node:net';
import { AFTERWARDS } from '../../../functions/uploads/afterwards.ts';
import { MOST_FOLDED } from '../../../layers/vectors/index.ts';
import type { LocalOptions } from '../../local/options.ts';
import { type Asked, choice, command, DATA, flag, list, text, whole } from '../cli/index.ts';

const port = (name: string, variable: string, help: string, fallback: number) =>
  whole({ placeholder: 'N', name, variable, help, fallback, from: 0, to: 65_535 });

const options = {
  port: port('The port', 'PORT', 'of the API; 8000 without it, 0 for any free one', 8000),
  's3-port': port('The S3 port', 'S3_PORT', 'of S3; 8001 without it, 0 for any free one', 8001),
  host: text({
    placeholder: 'ADDRESS',
    help: 'who can connect; only this machine (127.0.0.1) without it, 0.0.0.0 for all',
    variable: 'HOST',
    fallback: '127.0.0.1',
    problem: (host) =>
      host === 'localhost' || isIP(host) !== 0
        ? undefined
        : `The host must be an address of this machine, such as 0.0.0.0 for all, not "${host}".`,
  }),
  data: DATA,
  auth: flag({
    help: 'every request needs an access key, as it always does where others can connect',
    variable: 'RECOLLECT_AUTH',
  }),
  'public-host': list({
    placeholder: 'NAME',
    help: 'the name by which clients know a proxy in front of this server; several with commas',
    variable: 'RECOLLECT_PUBLIC_HOST',
    problem: (name) =>
      /^[a-zA-Z0-9.-]+(:\d{1,5})?$/.test(name)
        ? undefined
        : `A public host is a name, perhaps with a port, not "${name}".`,
  }),
  cors: list({
    placeholder: 'ORIGIN',
    help: 'the origin of web pages that may call the API, such as http://localhost:5173; several with commas',
    variable: 'RECOLLECT_CORS',
    problem: (origin) =>
      /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/.test(origin)
        ? undefined
        : `An origin is http:// or https://, a name, and perhaps a port, not "${origin}".`,
  }),
  'no-judgements': flag({
    help: 'emotions, gender and age are never told, as if nobody had asked',
    variable: 'RECOLLECT_JUDGEMENTS',
    on: '0',
  }),
  'no-console': flag({
    help: 'without the page for the owner of the collections at /console/',
    variable: 'RECOLLECT_CONSOLE',
    on: '0',
  }),
  'audit-days': whole({
    placeholder: 'N',
    name: 'The days of the audit trail',
    help: 'keeps for so many days who asked for what, and whom a search returned; none without it',
    variable: 'RECOLLECT_AUDIT_DAYS',
    fallback: 0,
    from: 0,
    to: 36_500,
  }),
  'create-collections': flag({
    help: 'an upload for a collection that does not exist creates it',
    variable: 'RECOLLECT_CREATE_COLLECTIONS',
  }),
  'after-upload': choice({
    placeholder: AFTERWARDS.join('|'),
    name: 'What is done after an upload',
    help: 'what is done with a photograph of the upload bucket once it is indexed; keep without it',
    variable: 'RECOLLECT_AFTER_UPLOAD',
    choices: AFTERWARDS,
    fallback: 'keep',
  }),
  threads: whole({
    placeholder: 'N',
    name: 'The number of threads',
    help: 'photographs that are looked at at once; one for each processor without it',
    variable: 'RECOLLECT_THREADS',
    from: 1,
    to: 256,
  }),
  'video-rate': whole({
    placeholder: 'N',
    name: 'The rate of videos',
    help: 'pictures of a stored video that are looked at in a second; 5 without it',
    variable: 'RECOLLECT_VIDEO_RATE',
    fallback: 5,
    from: 1,
    to: 30,
  }),
  'fold-at': whole({
    placeholder: 'N',
    name: 'The number of vectors that makes a fold',
    help: 'new vectors and deletions that are folded into shards; 500 without it',
    variable: 'RECOLLECT_FOLD_AT',
    fallback: 500,
    from: 1,
    to: 999_999_999,
  }),
  'fold-tail': whole({
    placeholder: 'N',
    name: 'The number of vectors that one fold takes',
    help: 'new vectors and deletions that one fold takes, which its memory grows with; 100000 without it',
    variable: 'RECOLLECT_FOLD_TAIL',
    from: 1000,
    to: MOST_FOLDED,
  }),
  'fold-rewrites': whole({
    placeholder: 'N',
    name: 'The number of shards that one fold rewrites',
    help: 'shards that one fold takes deleted vectors out of; it leaves the others to the next; 16 without it',
    variable: 'RECOLLECT_FOLD_REWRITES',
    from: 1,
    to: 1000,
  }),
} as const;

export const start = command({
  name: 'start',
  summary: 'runs the service on this machine, until Ctrl-C',
  options,
  check: ({ options: given }) => [
    ...(given.port === given['s3-port'] && given.port !== 0
      ? ['The API and S3 need different ports.']
      : []),
    ...((given['fold-tail'] ?? Number.POSITIVE_INFINITY) < given['fold-at']
      ? ['One fold must take at least as many vectors as make a fold.']
      : []),
  ],
  run: async (asked, surroundings) => {
    const { run } = await import('./run.ts');
    return run(settings(asked), surroundings);
  },
});

/** What a command line means for the service. */
export function settings({ options: given }: Asked<typeof options>): LocalOptions {
  return {
    port: given.port,
    s3Port: given['s3-port'],
    host: given.host,
    data: given.data,
    auth: given.auth,
    publicHosts: given['public-host'],
    corsOrigins: given.cors,
    judgements: !given['no-judgements'],
    console: !given['no-console'],
    auditDays: given['audit-days'],
    createCollections: given['create-collections'],
    afterUpload: given['after-upload'],
    threads: given.threads,
    foldAt: given['fold-at'],
    foldTail: given['fold-tail'],
    foldRewrites: given['fold-rewrites'],
    videoRate: given['video-rate'],
  };
}
