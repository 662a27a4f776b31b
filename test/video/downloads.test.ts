/** What a job on video reads from S3 is read again where it is cut off on its way. */
import type { S3Client } from '@aws-sdk/client-s3';
import { expect, it, vi } from 'vitest';
import { VideoResults } from '../../functions/video/results.ts';
import { VideoObjects } from '../../functions/video/video-object.ts';

const cutOff = async (): Promise<Uint8Array> => {
  throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
};

/** S3 whose first bodies do not arrive. */
function s3(bytes: Uint8Array, failures: number) {
  const send = vi.fn(async () => {
    const isWhole = send.mock.calls.length > failures;
    return { Body: { transformToByteArray: isWhole ? async () => bytes : cutOff } };
  });
  return { send, client: { send } as unknown as S3Client };
}

const head = { bucket: 'clips', name: 'clip.mp4', version: undefined, etag: '"1"', size: 3 };
const partOf = (client: S3Client, signal: AbortSignal) =>
  new VideoObjects(client).source(head, signal).read(0, 3);

it('a part of the video', async () => {
  const { client, send } = s3(Uint8Array.of(1, 2, 3), 2);
  expect(await partOf(client, new AbortController().signal)).toEqual(Uint8Array.of(1, 2, 3));
  expect(send).toHaveBeenCalledTimes(3);
});

it('a part of the video, but not for a job that is over', async () => {
  const { client, send } = s3(new Uint8Array(), 1);
  const over = new AbortController();
  send.mockImplementationOnce(async () => {
    over.abort(new Error('over'));
    return { Body: { transformToByteArray: cutOff } };
  });
  send.mockImplementationOnce(() => Promise.reject(over.signal.reason));
  await expect(partOf(client, over.signal)).rejects.toThrow('over');
});

it('what was found so far', async () => {
  const kept: Uint8Array[] = [];
  const keep = { send: async (put: { input: { Body: Uint8Array } }) => kept.push(put.input.Body) };
  await new VideoResults(keep as unknown as S3Client, 'answers').put('job', 'part', ['one', 'two']);
  const { client, send } = s3(kept[0] ?? new Uint8Array(), 1);
  expect(await new VideoResults(client, 'answers').get('job', 'part')).toEqual(['one', 'two']);
  expect(send).toHaveBeenCalledTimes(2);
});
