/** What is read of messages, keys and metadata. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObjectEventError, readObjectEvents } from '../../functions/uploads/object-events.ts';
import { RejectedError } from '../../functions/uploads/rejection.ts';
import { readUploadKey } from '../../functions/uploads/upload-key.ts';
import { readUploadSettings } from '../../functions/uploads/upload-settings.ts';

/** As AWS documents it, with other names. */
function message(key: string, more: object = {}, eventName = 'ObjectCreated:Put'): string {
  const object = { key, size: 1024, eTag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '0055' };
  return JSON.stringify({
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        eventName,
        s3: { bucket: { name: 'uploads' }, object: { ...object, ...more } },
      },
    ],
  });
}

describe('a message of S3', () => {
  // The right side is what the AWS documentation calls a key, the left side what its events say.
  it.each([
    ['family/Happy+face.jpg', 'family/Happy face.jpg'],
    ['family/my+photo%2B1.jpg', 'family/my photo+1.jpg'],
    ['family/100%25.jpg', 'family/100%.jpg'],
    ['family/M%C3%A4rz.jpg', 'family/März.jpg'],
    ['family/%E5%86%99%E7%9C%9F.jpg', 'family/写真.jpg'],
    ['family/a%26b%3Dc%3Bd.jpg', 'family/a&b=c;d.jpg'],
  ])('names objects as they are: %s', (encoded, key) => {
    expect(readObjectEvents(message(encoded))).toMatchObject([
      {
        bucket: 'uploads',
        key,
        etag: 'd41d8cd98f00b204e9800998ecf8427e',
        sequencer: '0055',
        removed: false,
      },
    ]);
  });

  it('names any key, however it is encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
        const encoded = new URLSearchParams([['', key]]).toString().slice(1);
        expect(readObjectEvents(message(encoded))[0]?.key).toBe(key);
      }),
    );
  });

  it.each([
    'ObjectRemoved:Delete',
    'ObjectRemoved:DeleteMarkerCreated',
    'LifecycleExpiration:Delete',
  ])('may be about a removal: %s', (eventName) => {
    const removal = message('a/b.jpg', { eTag: undefined }, eventName);
    expect(readObjectEvents(removal)).toMatchObject([{ removed: true, etag: undefined }]);
  });

  it('that only tries the queue out is about nothing', () => {
    const test = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'uploads' };
    expect(readObjectEvents(JSON.stringify(test))).toEqual([]);
  });

  it.each([
    '',
    'no JSON',
    'null',
    '[]',
    '{}',
    '{"Records":[{}]}',
    '{"Records":[{"s3":{}}]}',
    message('%ZZ'),
  ])('is not: %s', (body) => {
    expect(() => readObjectEvents(body)).toThrow(ObjectEventError);
  });
});

describe('a key', () => {
  it.each([
    ['family/a.jpg', 'family', 'a.jpg'],
    ['a.b-c_D9/2024/x y.jpg', 'a.b-c_D9', '2024/x y.jpg'],
    ['family//a.jpg', 'family', '/a.jpg'],
  ])('names collection and photograph: %s', (key, collectionId, name) => {
    expect(readUploadKey(key)).toEqual({ collectionId, name });
  });

  it.each(['family/', 'family/2024/', '/'])('that shows a folder names nothing: %s', (key) => {
    expect(readUploadKey(key)).toBeUndefined();
  });

  it.each(['a.jpg', '/a.jpg', 'my family/a.jpg', 'fämily/a.jpg', `${'x'.repeat(256)}/a.jpg`])(
    'may name no collection: %s',
    (key) => {
      expect(() => readUploadKey(key)).toThrow(RejectedError);
    },
  );
});

describe('metadata', () => {
  it('may be absent, or about something else', () => {
    expect(readUploadSettings({ camera: 'K1000' })).toEqual({});
  });

  it('says how to index', () => {
    const metadata = {
      'external-image-id': 'a:b',
      'max-faces': '3',
      'quality-filter': 'HIGH',
      'user-id': 'ann',
    };
    expect(readUploadSettings(metadata)).toEqual({
      externalImageId: 'a:b',
      maxFaces: 3,
      qualityFilter: 'HIGH',
      userId: 'ann',
    });
  });

  it('is refused with everything that is wrong with it', () => {
    const metadata = {
      'external-image-id': 'a b',
      'max-faces': '0',
      'quality-filter': 'high',
      'user-id': 'x'.repeat(129),
    };
    expect(() => readUploadSettings(metadata)).toThrow(
      /external-image-id .*; max-faces .*; quality-filter .*; user-id/,
    );
  });

  it.each(['1.5', '-1', '99999999999', '1e3', ' 1', ''])('may not ask for "%s" faces', (value) => {
    expect(() => readUploadSettings({ 'max-faces': value })).toThrow(RejectedError);
  });
});
