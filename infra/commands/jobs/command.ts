/** `recollect jobs`: jobs on stored video, how far they are, and stopping them. */
import { command, flag, JSON_OUTPUT } from '../cli/index.ts';
import { CONNECTION } from '../extensions/command.ts';

const SHORTEST_ID = 4;

export const jobs = command({
  name: 'jobs',
  summary: 'shows the jobs on stored video and how far each is',
  description:
    'Its key must name ListVideoJobs: recollect keys create --operations ListVideoJobs,StopVideoJob\nWith --watch it exits with 1 if one of them has failed; Ctrl-C leaves the jobs alone.',
  options: {
    watch: flag({ help: 'until none is in progress any more' }),
    ...CONNECTION,
    json: JSON_OUTPUT,
  },
  check: ({ options: { watch, json } }) =>
    watch && json ? ['--watch is for people; --json tells how jobs stand.'] : [],
  run: async ({ options }, surroundings) => {
    const { showJobs } = await import('./run.ts');
    return showJobs(options, surroundings);
  },
});

export const jobsStop = command({
  name: 'jobs stop',
  summary: 'stops jobs on stored video',
  description:
    'They are FAILED then, and nothing that they have seen is kept.\nThe key must name ListVideoJobs and StopVideoJob.',
  operands: {
    placeholder: 'ID...',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    missing: 'Say which: the beginnings of ids that recollect jobs shows.',
    problem: (id) =>
      /^[\w-]+$/.test(id) && id.length >= SHORTEST_ID
        ? undefined
        : `"${id}" is no beginning of an id; it takes ${SHORTEST_ID} characters.`,
  },
  options: CONNECTION,
  run: async ({ options, operands }, surroundings) => {
    const { stopJobs } = await import('./run.ts');
    return stopJobs(operands, options, surroundings);
  },
});
