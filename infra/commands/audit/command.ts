/** `recollect read-audit` and `verify-audit`: the audit trail as a file, and whether it is whole. */
import { readAudit as contract } from '../../../functions/extensions/contracts/read-audit.ts';
import { command, JSON_OUTPUT, text } from '../cli/index.ts';
import { CONNECTION } from '../extensions/command.ts';

export const readAudit = command({
  name: 'read-audit',
  summary: contract.summary,
  description:
    'A line of JSON for each request, and in the end a line about the ends of the chains.\nIts key must name ReadAudit: recollect keys create --operations ReadAudit',
  options: {
    output: text({ placeholder: 'FILE', help: 'where to; standard output without it' }),
    ...CONNECTION,
  },
  run: async ({ options }, surroundings) => {
    const { read } = await import('./read.ts');
    return read(options, surroundings);
  },
});

export const verifyAudit = command({
  name: 'verify-audit',
  summary: 'says whether a file that read-audit wrote is whole and as it was written',
  description:
    'Needs nothing but the file. A line that was altered, removed or put in between is found, also at the\nend. --since finds what whoever can write to the table may have rewritten since then.',
  operands: {
    placeholder: 'FILE',
    least: 1,
    most: 1,
    missing: 'Say what to verify: a file that read-audit wrote.',
  },
  options: {
    since: text({ placeholder: 'FILE', help: 'an earlier file: the trail must lead on from it' }),
    json: JSON_OUTPUT,
  },
  run: async ({ options, operands: [file = ''] }, surroundings) => {
    const { verify } = await import('./verify.ts');
    return verify(file, options, surroundings);
  },
});
