/** What synthesis says of itself: nothing while it is quick. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Steps } from '../../infra/aws/progress.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('says each step from the second second on, and the one that is under way by then', () => {
  const said: string[] = [];
  const steps = new Steps((line) => said.push(line), Date.now);
  steps.begin('Building');
  vi.advanceTimersByTime(1000);
  steps.begin('Bundling');
  vi.advanceTimersByTime(999);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(said).toEqual(['Bundling ...']);
  steps.begin('Checking');
  expect(said).toEqual(['Bundling ...', 'Checking ...']);
  steps.end();
});

it('says nothing of what is over within two seconds', () => {
  const said: string[] = [];
  const steps = new Steps((line) => said.push(line), Date.now);
  steps.begin('Building');
  vi.advanceTimersByTime(1500);
  steps.end();
  vi.advanceTimersByTime(5000);
  expect(said).toEqual([]);
});
