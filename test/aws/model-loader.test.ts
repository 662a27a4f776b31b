/** Networks in the bucket of a stack: read whole, checked, and missed in a sentence. */
import { createHash } from 'node:crypto';
import { type GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loader } from '../../functions/lambda/face-models.ts';
import { BUILT_IN_ENTRIES, FaceModels } from '../../layers/inference/index.ts';
import { openStore, type TestStore } from '../support/tables.ts';

const BYTES = Buffer.alloc(3_000_000, 'weights');
const sha256 = createHash('sha256').update(BYTES).digest('hex');
const [own] = BUILT_IN_ENTRIES;
const entry = (version: string, file: string) => ({
  ...own!,
  version,
  embedder: { ...own!.embedder, file, sha256, bytes: BYTES.length },
});
const faceModels = new FaceModels(
  [own!, entry('good', 's3:good.onnx'), entry('bad', 's3:bad.onnx'), entry('gone', 's3:gone.onnx')],
  '1.0',
);

let store: TestStore;
let s3: S3Client;
beforeAll(async () => {
  store = await openStore();
  await store.createBucket('models');
  s3 = store.connect();
  const put = (Key: string, Body: Buffer) =>
    s3.send(new PutObjectCommand({ Bucket: 'models', Key, Body }));
  await put('good.onnx', BYTES);
  await put('bad.onnx', BYTES.subarray(1));
});
afterAll(() => store.close());

/** A client of which the body of the first answer is cut off on its way. */
function cutOff(client: S3Client): S3Client {
  let answers = 0;
  const send = async (command: GetObjectCommand) => {
    const answer = await client.send(command);
    if (answers++ > 0) return answer;
    async function* part() {
      yield BYTES.subarray(0, 1_000_000);
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    }
    await answer.Body?.transformToByteArray();
    return { ...answer, Body: part() };
  };
  return { send } as unknown as S3Client;
}

it('are read again where they are cut off on their way', async () => {
  const client = cutOff(s3);
  const load = loader(
    faceModels,
    () => client,
    () => 'models',
  );
  expect(Buffer.from((await load('s3:good.onnx')) as Uint8Array).equals(BYTES)).toBe(true);
});

it('are read where they belong to a face model, and nothing else is', async () => {
  const load = loader(
    faceModels,
    () => s3,
    () => 'models',
  );
  expect(Buffer.from((await load('s3:good.onnx')) as Uint8Array).equals(BYTES)).toBe(true);
  expect(await load('mobilefacenet.onnx')).toBeUndefined();
  await expect(load('s3:bad.onnx')).rejects.toThrow(
    /face model bad in the bucket has the SHA-256 .*recollect models upload/,
  );
  await expect(load('s3:gone.onnx')).rejects.toThrow(
    /face model gone is not in the bucket.*recollect models upload/,
  );
});
