/** Collections and their tags, through the AWS SDK. */
import {
  CreateCollectionCommand,
  DeleteCollectionCommand,
  DescribeCollectionCommand,
  ListCollectionsCommand,
  ListTagsForResourceCommand,
  paginateListCollections,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-rekognition';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const create = (CollectionId: string, Tags?: Record<string, string>) =>
  stack.rekognition.send(new CreateCollectionCommand({ CollectionId, ...(Tags ? { Tags } : {}) }));
const describeCollection = (CollectionId: string) =>
  stack.rekognition.send(new DescribeCollectionCommand({ CollectionId }));
const arn = (id: string) => `arn:aws:rekognition:eu-central-1:000000000000:collection/${id}`;

describe('CreateCollection', () => {
  it('answers with the ARN without its prefix, the status and the face model', async () => {
    const { $metadata, ...body } = await create('created');
    expect(body).toEqual({
      StatusCode: 200,
      CollectionArn: 'aws:rekognition:eu-central-1:000000000000:collection/created',
      FaceModelVersion: '1.0',
    });
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('refuses an id that exists; ids are case-sensitive', async () => {
    await create('Twice');
    expect(await failure(create('Twice'))).toEqual({
      name: 'ResourceAlreadyExistsException',
      message: 'The collection id: Twice already exists',
      status: 400,
    });
    await create('twice');
  });

  it('lets one of many racing calls win', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => create('race')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('DescribeCollection', () => {
  it('counts nothing in a new collection and dates it', async () => {
    const before = Date.now();
    await create('described');
    const { $metadata: _, CreationTimestamp, ...body } = await describeCollection('described');
    expect(body).toEqual({
      FaceCount: 0,
      UserCount: 0,
      FaceModelVersion: '1.0',
      CollectionARN: arn('described'),
    });
    expect(CreationTimestamp).toBeInstanceOf(Date);
    expect(CreationTimestamp!.getTime()).toBeGreaterThanOrEqual(before - 1);
    expect(CreationTimestamp!.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('words the missing collection in its own way', async () => {
    expect(await failure(describeCollection('nowhere'))).toEqual({
      name: 'ResourceNotFoundException',
      message: 'Collection:nowhere not found!',
      status: 400,
    });
  });
});

describe('ListCollections', () => {
  it('pages through all, the two lists in step, also where ids are as long as they may be', async () => {
    const prefix = 'p'.repeat(250);
    const ids = ['list-a', 'list-b', `${prefix}1`, `${prefix}2`, `${prefix}3`, `${prefix}4`];
    await Promise.all(ids.map((id) => create(id)));
    const listed: string[] = [];
    const paginator = paginateListCollections({ client: stack.rekognition, pageSize: 2 }, {});
    for await (const page of paginator) {
      expect(page.CollectionIds!.length).toBeLessThanOrEqual(2);
      expect(page.FaceModelVersions).toEqual(page.CollectionIds!.map(() => '1.0'));
      expect((page.NextToken ?? '').length).toBeLessThanOrEqual(255);
      listed.push(...page.CollectionIds!);
    }
    expect(listed.filter((id) => ids.includes(id)).sort()).toEqual([...ids].sort());
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('takes a MaxResults of 0 for none', async () => {
    const { CollectionIds } = await stack.rekognition.send(
      new ListCollectionsCommand({ MaxResults: 0 }),
    );
    expect(CollectionIds!.length).toBeGreaterThan(1);
  });

  it('refuses a token that is none', async () => {
    const list = stack.rekognition.send(new ListCollectionsCommand({ NextToken: 'made-up' }));
    expect(await failure(list)).toMatchObject({
      name: 'InvalidPaginationTokenException',
      message: 'Invalid Pagination Token',
    });
  });
});

describe('DeleteCollection', () => {
  it('is over at once, and the id is free again', async () => {
    await create('deleted', { a: '1' });
    const { StatusCode } = await stack.rekognition.send(
      new DeleteCollectionCommand({ CollectionId: 'deleted' }),
    );
    expect(StatusCode).toBe(200);
    expect((await failure(describeCollection('deleted'))).name).toBe('ResourceNotFoundException');
    await create('deleted');
    const { Tags } = await stack.rekognition.send(
      new ListTagsForResourceCommand({ ResourceArn: arn('deleted') }),
    );
    expect(Tags).toEqual({});
  });

  it('says when there is none', async () => {
    const call = stack.rekognition.send(new DeleteCollectionCommand({ CollectionId: 'never' }));
    expect(await failure(call)).toEqual({
      name: 'ResourceNotFoundException',
      message: 'The collection id: never does not exist',
      status: 400,
    });
  });
});

describe('tags', () => {
  const tagsOf = async (id: string) =>
    (await stack.rekognition.send(new ListTagsForResourceCommand({ ResourceArn: arn(id) }))).Tags;
  const tag = (ResourceArn: string, Tags: Record<string, string>) =>
    stack.rekognition.send(new TagResourceCommand({ ResourceArn, Tags }));

  it('come with the collection, are added, changed and taken off', async () => {
    await create('tagged', { stage: 'test', 'cost center': 'é 1' });
    await tag(arn('tagged'), { stage: 'live', owner: 'me' });
    await stack.rekognition.send(
      new UntagResourceCommand({ ResourceArn: arn('tagged'), TagKeys: ['owner', 'unknown'] }),
    );
    expect(await tagsOf('tagged')).toEqual({ stage: 'live', 'cost center': 'é 1' });
  });

  it('take the ARN as CreateCollection spells it', async () => {
    const { CollectionArn } = await create('pasted');
    await tag(CollectionArn!, { a: '' });
    expect(await tagsOf('pasted')).toEqual({ a: '' });
  });

  it('lose none of many changes made at once', async () => {
    await create('busy-tags');
    const keys = Array.from({ length: 10 }, (_, i) => `key${i}`);
    await Promise.all(keys.map((key) => tag(arn('busy-tags'), { [key]: 'x' })));
    expect(Object.keys((await tagsOf('busy-tags'))!).sort()).toEqual(keys);
  });

  it('are at most 200, and the call that would make more changes nothing', async () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, 'v']));
    await create('full', many);
    expect((await failure(tag(arn('full'), { one: 'more' }))).name).toBe(
      'ServiceQuotaExceededException',
    );
    expect(await tagsOf('full')).toEqual(many);
  });

  it('refuse what names no collection', async () => {
    expect((await failure(tag(arn('nobody'), {}))).name).toBe('ResourceNotFoundException');
    expect((await failure(tag('arn:aws:s3:::a-bucket-of-mine', {}))).name).toBe(
      'InvalidParameterException',
    );
    expect((await failure(tag(arn('full'), { 'aws:mine': '1' }))).message).toContain(
      "at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^(?!aws:)",
    );
  });
});
