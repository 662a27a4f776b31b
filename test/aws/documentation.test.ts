/** What docs/deploy.md says of a stack is what its template has. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { synthesise } from './template.ts';

const DOCUMENT = path.resolve(import.meta.dirname, '../../docs/deploy.md');

it('has as many functions, queues and alarms as docs/deploy.md says', async () => {
  const rows = await readFile(DOCUMENT, 'utf8');
  const said = (what: string) => Number(new RegExp(`^\\| (\\d+) ${what}`, 'm').exec(rows)?.[1]);
  const resources = Object.entries(synthesise({}).resources);
  const count = (type: string, name = /^/) =>
    resources.filter(([id, { Type }]) => Type === type && name.test(id)).length;
  const lambda = 'AWS::Lambda::Function';
  expect(said('Lambda functions for requests')).toBe(count(lambda, /^Functions/));
  expect(said('Lambda functions besides')).toBe(count(lambda, /^Background/));
  expect(said('Lambda functions that scan')).toBe(count(lambda, /^Scanners/));
  expect(said('SQS queues')).toBe(count('AWS::SQS::Queue'));
  expect(said('alarms')).toBe(count('AWS::CloudWatch::Alarm'));
});
