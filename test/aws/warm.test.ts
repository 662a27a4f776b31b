/** What a function does besides requests: staying warm, and counting who is refused. */
import { describe, expect, it, vi } from 'vitest';
import { httpAddress } from '../../functions/lambda/environment.ts';
import { Tally } from '../../functions/lambda/telemetry.ts';
import { isWarmEvent, warm } from '../../functions/lambda/warm.ts';
import { WARM } from '../../functions/lambda/warm-event.ts';

describe('the event that keeps a function warm', () => {
  it('is told from requests', () => {
    expect(isWarmEvent(WARM)).toBe(true);
    expect(isWarmEvent({ version: '2.0', rawPath: '/', body: '{"recollect":"warm"}' })).toBe(false);
    expect(isWarmEvent({ httpMethod: 'POST', path: '/' })).toBe(false);
  });

  it('has a picture decoded and looked at', async () => {
    const read = vi.fn(async () => 'picture');
    const findFaces = vi.fn(async () => []);
    await warm({ inference: { read, findFaces } } as unknown as Parameters<typeof warm>[0]);
    expect(read).toHaveBeenCalledWith(expect.objectContaining({ length: 111 }));
    expect(findFaces).toHaveBeenCalledWith('picture');
  });
});

it('a flood of refusals is counted once a second, whole but for its end', () => {
  let now = 0;
  const told: number[] = [];
  const tally = new Tally(
    () => now,
    (number) => told.push(number),
  );
  for (; now < 3000; now += 1) tally.count();
  expect(told).toEqual([1, 1000, 1000]);
});

describe('where a web function listens', () => {
  it.each([
    ['0.0.0.0:3000', { host: '0.0.0.0', port: 3000 }],
    ['http://127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['[::]:3000', { host: '::', port: 3000 }],
    ['8080', { host: '0.0.0.0', port: 8080 }],
    ['', { host: '0.0.0.0', port: 3000 }],
  ])('is as Lambda says: %j', (AWS_LAMBDA_HTTP_ENDPOINT, expected) => {
    expect(httpAddress({ AWS_LAMBDA_HTTP_ENDPOINT })).toEqual(expected);
  });

  it('is nowhere, where it says nonsense', () => {
    expect(() => httpAddress({ AWS_LAMBDA_HTTP_ENDPOINT: 'here' })).toThrow(/host:port, not here/);
  });
});
