/** Stored video in the stack: nothing of it unless it is asked for, and no more rights than it takes. */
import { describe, expect, it } from 'vitest';
import { operations, withoutVideo } from '../../functions/operations.ts';
import { only, permissions, synthesise } from './template.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:video-done';
const standard = synthesise({ imageBuckets: ['photos'] });
const all = synthesise({ imageBuckets: ['photos'], video: true, videoTopics: [TOPIC] });

describe('without video', () => {
  it('nothing of it is there', () => {
    expect(Object.keys(standard.resources).filter((id) => id.startsWith('Videos'))).toEqual([]);
    expect(operations.length - withoutVideo.length).toBe(6);
    expect(permissions(standard, 'StartFaceSearch')).toEqual([]);
  });
});

describe('with video', () => {
  const withoutCommon = (name: string) =>
    permissions(all, name).filter((one) => !/^(logs|ssm|dynamodb):/.test(one));

  it('begins jobs with a message, and reads the objects it is asked about', () => {
    expect(withoutCommon('StartFaceSearch')).toEqual([
      's3:GetObject VideosResults/*',
      's3:GetObject arn:Partition:s3:::photos/*',
      's3:GetObjectVersion arn:Partition:s3:::photos/*',
      's3:ListBucket VideosResults',
      'sqs:SendMessage VideosQueue',
    ]);
  });

  it('answers from results', () => {
    expect(withoutCommon('GetFaceSearch')).toEqual([
      's3:GetObject VideosResults/*',
      's3:ListBucket VideosResults',
    ]);
  });

  it('looks through videos with what that takes, and tells the named topics alone', () => {
    const allowed = withoutCommon('Video').filter((one) => !one.startsWith('lambda:'));
    expect(allowed).toEqual(
      [
        ...['GetObject', 'PutObject', 'DeleteObject'].map((a) => `s3:${a} VideosResults/*`),
        's3:ListBucket VideosResults',
        's3:GetObject StorageShards/*',
        's3:ListBucket StorageShards',
        's3:GetObject arn:Partition:s3:::photos/*',
        's3:GetObjectVersion arn:Partition:s3:::photos/*',
        `sns:Publish ${TOPIC}`,
        'sqs:SendMessage QueuesFolds',
        'sqs:SendMessage VideosQueue',
        ...[
          'ReceiveMessage',
          'ChangeMessageVisibility',
          'GetQueueUrl',
          'DeleteMessage',
          'GetQueueAttributes',
        ].map((a) => `sqs:${a} VideosQueue`),
      ].sort(),
    );
  });

  it('has time for a part, and another function for one that died', () => {
    const { Properties: steps } = only(all, 'AWS::Lambda::Function', 'VideosVideoFunction');
    const { Properties: queue } = only(all, 'AWS::SQS::Queue', 'VideosQueue');
    expect(steps['Timeout']).toBe(900);
    expect(steps['Layers']).toHaveLength(2);
    expect(queue['VisibilityTimeout']).toBeGreaterThan(900);
    expect(steps['Environment']).toMatchObject({
      Variables: { VIDEO_RATE: '5', VIDEO_LANES: '10', VIDEO_TOPICS: TOPIC },
    });
  });

  it('forgets results after eight days', () => {
    const { Properties } = only(all, 'AWS::S3::Bucket', 'VideosResults');
    expect(JSON.stringify(Properties['LifecycleConfiguration'])).toContain('"ExpirationInDays":8');
  });
});
