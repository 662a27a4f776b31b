/** Whatever is wrong with a request gets the documented error, changes nothing, and the server stays up. */
import { crc32, deflateSync } from 'node:zlib';
import {
  CompareFacesCommand,
  CreateCollectionCommand,
  DescribeCollectionCommand,
  DetectFacesCommand,
  IndexFacesCommand,
  SearchFacesByImageCommand,
} from '@aws-sdk/client-rekognition';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFace, sample } from '../support/photos.ts';
import { failure, startStack, type TestStack } from '../support/stack.ts';

const COLLECTION = 'bad-input';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
  await stack.rekognition.send(new CreateCollectionCommand({ CollectionId: COLLECTION }));
  await stack.s3.send(new CreateBucketCommand({ Bucket: 'bad-photos' }));
});
afterAll(async () => {
  const { FaceCount } = await stack.rekognition.send(
    new DescribeCollectionCommand({ CollectionId: COLLECTION }),
  );
  expect(FaceCount).toBe(0);
  expect(stack.requests.filter(({ status }) => status >= 500)).toEqual([]);
  await stack.stop();
});

interface Raw {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function post(
  body: string | Buffer,
  headers: Record<string, string> = {},
  path = '/',
): Promise<Raw> {
  const response = await fetch(stack.endpoint + path, { method: 'POST', body, headers });
  const answer = (await response.json()) as Record<string, string>;
  return {
    status: response.status,
    type: answer['__type'] ?? '',
    text: answer['message'] ?? answer['Message'] ?? '',
  };
}

const target = (operation: string) => ({
  'X-Amz-Target': `RekognitionService.${operation}`,
  'Content-Type': 'application/x-amz-json-1.1',
});

describe('requests', () => {
  it.each([
    ['malformed JSON', '{"CollectionId":', 'SerializationException'],
    ['a body that is a list', '[]', 'SerializationException'],
    ['a body that is a word', '"x"', 'SerializationException'],
    ['a number for a string', '{"CollectionId":5}', 'SerializationException'],
    [
      'a string for a number',
      '{"CollectionId":"a","Image":{},"MaxFaces":"3"}',
      'SerializationException',
    ],
    ['half a face', '{"CollectionId":"a","Image":{},"MaxFaces":1.5}', 'SerializationException'],
    [
      'bytes that are not base64',
      '{"CollectionId":"a","Image":{"Bytes":"%%%"}}',
      'SerializationException',
    ],
    ['an empty object', '{}', 'ValidationException'],
    ['an empty body', '', 'ValidationException'],
    ['null for a required member', '{"CollectionId":null,"Image":null}', 'ValidationException'],
  ])('%s', async (_, body, type) => {
    expect(await post(body, target('IndexFaces'))).toMatchObject({ status: 400, type });
  });

  it('names all that is missing in one message', async () => {
    expect((await post('', target('IndexFaces'))).text).toBe(
      "2 validation errors detected: Value null at 'collectionId' failed to satisfy constraint: Member must not be null; Value null at 'image' failed to satisfy constraint: Member must not be null",
    );
  });

  it.each([
    ['an operation that does not exist', target('MakeCoffee'), '/'],
    ['one of another service', { 'X-Amz-Target': 'DynamoDB_20120810.GetItem' }, '/'],
    ['no target', {}, '/'],
    ['a path that is no operation', {}, '/MakeCoffee'],
  ])('%s', async (_, headers, path) => {
    expect(await post('{}', headers as Record<string, string>, path)).toMatchObject({
      status: 400,
      type: 'UnknownOperationException',
    });
  });

  it('a photograph of 6 MiB inline is too long by the model, one of 11 MiB for any request', async () => {
    const Bytes = Buffer.alloc(6 * 1024 * 1024, 1);
    const call = stack.rekognition.send(new DetectFacesCommand({ Image: { Bytes } }));
    expect(await failure(call)).toMatchObject({
      name: 'ValidationException',
      message:
        "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=6291456 cap=6291456]' at 'image.bytes' failed to satisfy constraint: Member must have length less than or equal to 5242880",
    });
    const huge = await post(Buffer.alloc(11 * 1024 * 1024, 0x20), target('DetectFaces'));
    expect(huge).toMatchObject({ status: 413, type: 'RequestEntityTooLargeException' });
    expect(huge.text).toContain('S3');
  });
});

/** A PNG that says it is 40,000 pixels square, in a few hundred bytes. */
function bomb(): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'ascii'), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(40_000, 0);
  header.writeUInt32BE(40_000, 4);
  header.writeUInt8(8, 8);
  header.writeUInt8(2, 9);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.alloc(40_000 * 3 + 1));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'white' } })
    .png()
    .toBuffer();

describe('images', () => {
  const cases: [string, () => Promise<Buffer>, string, string][] = [
    [
      'of no bytes',
      async () => Buffer.alloc(0),
      'ValidationException',
      "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'image.bytes' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      'that are text',
      async () => Buffer.from('This is not a photograph.'),
      'InvalidImageFormatException',
      'Request has invalid image format',
    ],
    [
      'that are GIF',
      async () =>
        sharp(await blank(100, 100))
          .gif()
          .toBuffer(),
      'InvalidImageFormatException',
      'Request has invalid image format',
    ],
    [
      'cut in half',
      async () => (await sample(3)).subarray(0, 100_000),
      'InvalidImageFormatException',
      'Request has invalid image format',
    ],
    [
      'of one pixel',
      () => blank(1, 1),
      'InvalidParameterException',
      'Request has Invalid Parameters',
    ],
    [
      'with a side of 79 pixels',
      () => blank(79, 400),
      'InvalidParameterException',
      'Request has Invalid Parameters',
    ],
    [
      'that unpack to gigabytes',
      async () => bomb(),
      'ImageTooLargeException',
      'Image size is too large.',
    ],
  ];

  it.each(cases)('%s', async (_, image, name, message) => {
    const Bytes = await image();
    const Image = { Bytes };
    const calls = [
      new IndexFacesCommand({ CollectionId: COLLECTION, Image }),
      new SearchFacesByImageCommand({ CollectionId: COLLECTION, Image }),
      new DetectFacesCommand({ Image }),
    ];
    for (const call of calls) {
      const answer = await failure(
        // One client method for three commands.
        stack.rekognition.send(call as DetectFacesCommand),
      );
      expect(answer).toEqual({ name, message, status: 400 });
    }
  });

  it('of 80 pixels are taken', async () => {
    const Image = { Bytes: await blank(80, 80) };
    expect((await stack.rekognition.send(new DetectFacesCommand({ Image }))).FaceDetails).toEqual(
      [],
    );
  });

  it('without a face, where one is needed', async () => {
    const Bytes = await noFace();
    const search = new SearchFacesByImageCommand({ CollectionId: COLLECTION, Image: { Bytes } });
    expect((await failure(stack.rekognition.send(search))).name).toBe('InvalidParameterException');
    const compare = new CompareFacesCommand({ SourceImage: { Bytes }, TargetImage: { Bytes } });
    expect((await failure(stack.rekognition.send(compare))).name).toBe('InvalidParameterException');
  });

  it('given twice or not at all', async () => {
    const S3Object = { Bucket: 'bad-photos', Name: 'x.jpg' };
    for (const Image of [{}, { Bytes: await noFace(), S3Object }]) {
      expect(
        await failure(stack.rekognition.send(new DetectFacesCommand({ Image }))),
      ).toMatchObject({
        name: 'InvalidParameterException',
        message: 'Request has Invalid Parameters',
      });
    }
  });
});

describe('images in S3', () => {
  const detect = (Bucket: string, Name: string) =>
    stack.rekognition.send(new DetectFacesCommand({ Image: { S3Object: { Bucket, Name } } }));

  it.each([
    ['a missing key', 'bad-photos', 'missing.jpg'],
    ['a missing bucket', 'no-such-bucket', 'missing.jpg'],
  ])('%s', async (_, bucket, key) => {
    expect(await failure(detect(bucket, key))).toEqual({
      name: 'InvalidS3ObjectException',
      message:
        'Unable to get object metadata from S3. Check object key, region and/or access permissions.',
      status: 400,
    });
  });

  it('text named .jpg', async () => {
    await stack.s3.send(
      new PutObjectCommand({ Bucket: 'bad-photos', Key: 'text.jpg', Body: 'text' }),
    );
    expect((await failure(detect('bad-photos', 'text.jpg'))).name).toBe(
      'InvalidImageFormatException',
    );
  });

  it('an object of no bytes', async () => {
    await stack.s3.send(new PutObjectCommand({ Bucket: 'bad-photos', Key: 'empty.jpg', Body: '' }));
    expect((await failure(detect('bad-photos', 'empty.jpg'))).name).toBe(
      'InvalidImageFormatException',
    );
  });

  it('more than 15 MB', async () => {
    const Body = Buffer.alloc(15 * 1024 * 1024 + 1);
    await stack.s3.send(new PutObjectCommand({ Bucket: 'bad-photos', Key: 'huge.jpg', Body }));
    expect(await failure(detect('bad-photos', 'huge.jpg'))).toMatchObject({
      name: 'ImageTooLargeException',
      message: 'Image size is too large.',
    });
  });
});

it('the collection is looked up before the image, the input checked before the collection', async () => {
  const nowhere = { CollectionId: 'nowhere' };
  const bad = { Bytes: Buffer.from('text') };
  const missing = stack.rekognition.send(new IndexFacesCommand({ ...nowhere, Image: bad }));
  expect((await failure(missing)).name).toBe('ResourceNotFoundException');
  const invalid = stack.rekognition.send(
    new IndexFacesCommand({ ...nowhere, Image: bad, MaxFaces: 0 }),
  );
  expect((await failure(invalid)).message).toBe(
    "1 validation error detected: Value '0' at 'maxFaces' failed to satisfy constraint: Member must have value greater than or equal to 1",
  );
});
