/** Programs of package.json that are one command: help is printed at once, before anything is done. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { output } from '../../support/programs.ts';
import { sampled } from '../../support/thorough.ts';

const programs = Object.entries(manifest.scripts).flatMap(([name, script]) => {
  const file = /^tsx (\S+\.ts)$/.exec(script)?.[1];
  return file === undefined ? [] : [[name, file] as const];
});

it.each(programs)('%s is one command', async (_, file) => {
  expect(await readFile(file, 'utf8')).toMatch(/runScript\(\s*command\(/);
});

it.each(sampled(programs, 16))('%s explains itself', { timeout: 120_000 }, async (name, file) => {
  const printed = await output(process.execPath, ['--import', 'tsx', file, '--help']);
  expect(printed).toMatch(new RegExp(`^[A-Z].*\\n\\nUsage: npm run ${name} --`));
});

it('are found', () => {
  expect(programs.length).toBeGreaterThan(10);
});
