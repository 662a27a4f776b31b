/** The AWS CLI and boto3, as they are, against Recollect. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFace, portrait, SAME_MAN, sample } from '../support/photos.ts';
import { AWS_ENVIRONMENT, output, present } from '../support/programs.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let folder: string;
beforeAll(async () => {
  stack = await startStack();
  folder = await mkdtemp(path.join(tmpdir(), 'recollect-clients-'));
  await writeFile(path.join(folder, 'man1.png'), await portrait(SAME_MAN[0]));
  await writeFile(path.join(folder, 'man2.png'), await portrait(SAME_MAN[1]));
  await writeFile(path.join(folder, 'group.jpg'), await sample(3));
  await writeFile(path.join(folder, 'nobody.jpg'), await noFace());
});
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(!present('aws', ['--version']))('AWS CLI', () => {
  const aws = async (...args: string[]): Promise<Record<string, unknown>> => {
    const endpoint = args[0] === 's3' ? stack.s3 : stack.rekognition;
    const { hostname, port } = await endpoint.config.endpoint!();
    const url = `http://${hostname}:${port}`;
    const printed = await output(
      'aws',
      [...args, '--endpoint-url', url, '--output', 'json'],
      AWS_ENVIRONMENT,
    );
    return args[0] === 's3' || printed === '' ? {} : JSON.parse(printed);
  };
  const rekognition = (...args: string[]) => aws('rekognition', ...args);
  const file = (name: string) => `fileb://${path.join(folder, name)}`;

  it('creates a collection, indexes, searches, lists, deletes', async () => {
    const created = await rekognition('create-collection', '--collection-id', 'cli');
    expect(created['StatusCode']).toBe(200);
    const indexed = await rekognition(
      'index-faces',
      '--collection-id',
      'cli',
      '--image-bytes',
      file('man1.png'),
      '--external-image-id',
      'man',
      '--quality-filter',
      'NONE',
    );
    expect(indexed['FaceRecords']).toHaveLength(1);
    const found = await rekognition(
      'search-faces-by-image',
      '--collection-id',
      'cli',
      '--image-bytes',
      file('man2.png'),
    );
    expect(found['FaceMatches']).toMatchObject([{ Face: { ExternalImageId: 'man' } }]);
    const listed = await rekognition('list-faces', '--collection-id', 'cli');
    expect(listed['Faces']).toHaveLength(1);
    const described = await rekognition('describe-collection', '--collection-id', 'cli');
    expect(described['FaceCount']).toBe(1);
    expect(
      Date.parse(String(described['CreationTimestamp'])) || Number(described['CreationTimestamp']),
    ).toBeGreaterThan(0);
    const deleted = await rekognition('delete-collection', '--collection-id', 'cli');
    expect(deleted['StatusCode']).toBe(200);
  });

  it('compares, and detects in a photograph that it copied to S3', async () => {
    const compared = await rekognition(
      'compare-faces',
      '--source-image-bytes',
      file('man1.png'),
      '--target-image-bytes',
      file('man2.png'),
    );
    expect(compared['FaceMatches']).toHaveLength(1);
    await aws('s3', 'mb', 's3://cli-photos');
    await aws('s3', 'cp', path.join(folder, 'group.jpg'), 's3://cli-photos/a/group.jpg');
    const image = '{"S3Object":{"Bucket":"cli-photos","Name":"a/group.jpg"}}';
    const detected = await rekognition('detect-faces', '--image', image);
    expect(detected['FaceDetails']).toHaveLength(3);
  });

  it('creates a user, associates faces, finds and deletes the user', async () => {
    await rekognition('create-collection', '--collection-id', 'users');
    const of = (operation: string, ...more: string[]) =>
      rekognition(operation, '--collection-id', 'users', ...more);
    const photo = ['--image-bytes', file('man1.png')];
    const indexed = await of('index-faces', ...photo, '--quality-filter', 'NONE');
    const [{ Face }] = indexed['FaceRecords'] as [{ Face: { FaceId: string } }];
    expect(await of('create-user', '--user-id', 'bob')).toEqual({});
    const associated = await of('associate-faces', '--user-id', 'bob', '--face-ids', Face.FaceId);
    expect(associated).toMatchObject({
      AssociatedFaces: [{ FaceId: Face.FaceId }],
      UserStatus: 'UPDATING',
    });
    const found = await of('search-users-by-image', '--image-bytes', file('man2.png'));
    expect(found['UserMatches']).toMatchObject([{ User: { UserId: 'bob' } }]);
    expect(await of('list-users')).toEqual({ Users: [{ UserId: 'bob', UserStatus: 'ACTIVE' }] });
    expect(await of('delete-user', '--user-id', 'bob')).toEqual({});
    expect(await of('list-users')).toEqual({ Users: [] });
  });

  it('understands errors', async () => {
    await expect(rekognition('describe-collection', '--collection-id', 'none')).rejects.toThrow(
      'An error occurred (ResourceNotFoundException) when calling the DescribeCollection operation: Collection:none not found!',
    );
  });
});

const SCRIPT = `
import boto3, json, sys
endpoint, folder = sys.argv[1:3]
client = boto3.client('rekognition', endpoint_url=endpoint)
read = lambda name: {'Bytes': open(folder + '/' + name, 'rb').read()}
result = {}
client.create_collection(CollectionId='boto', Tags={'a': 'b'})
result['indexed'] = len(client.index_faces(CollectionId='boto', Image=read('man1.png'), ExternalImageId='man', QualityFilter='NONE')['FaceRecords'])
client.index_faces(CollectionId='boto', Image=read('group.jpg'))
found = client.search_faces_by_image(CollectionId='boto', Image=read('man2.png'))
result['found'] = [match['Face']['ExternalImageId'] for match in found['FaceMatches']]
pages = client.get_paginator('list_faces').paginate(CollectionId='boto', PaginationConfig={'PageSize': 3})
faces = [face['FaceId'] for page in pages for face in page['Faces']]
result['listed'] = len(faces)
result['deleted'] = len(client.delete_faces(CollectionId='boto', FaceIds=faces[:2])['DeletedFaces'])
described = client.describe_collection(CollectionId='boto')
result['count'], result['year'] = described['FaceCount'], described['CreationTimestamp'].year
client.create_user(CollectionId='boto', UserId='bob')
answer = client.associate_faces(CollectionId='boto', UserId='bob', FaceIds=faces[2:3])
result['associated'] = answer['AssociatedFaces'] == [{'FaceId': faces[2]}]
searched = client.search_users(CollectionId='boto', FaceId=faces[2])['UserMatches']
result['user'] = [match['User'] for match in searched]
client.disassociate_faces(CollectionId='boto', UserId='bob', FaceIds=faces[2:3])
pages = client.get_paginator('list_users').paginate(CollectionId='boto')
result['users'] = [user for page in pages for user in page['Users']]
client.delete_user(CollectionId='boto', UserId='bob')
try:
    client.delete_user(CollectionId='boto', UserId='bob')
except client.exceptions.ResourceNotFoundException as error:
    result['nobody'] = error.response['Error']['Message']
result['tags'] = client.list_tags_for_resource(ResourceArn=described['CollectionARN'])['Tags']
try:
    client.search_faces_by_image(CollectionId='boto', Image=read('nobody.jpg'))
except client.exceptions.InvalidParameterException as error:
    result['error'] = error.response['Error']['Message']
print(json.dumps(result))
`;

describe.skipIf(!present('python3', ['-c', 'import boto3']))('boto3', () => {
  it('does the same', async () => {
    const printed = await output(
      'python3',
      ['-c', SCRIPT, stack.endpoint, folder],
      AWS_ENVIRONMENT,
    );
    expect(JSON.parse(printed)).toEqual({
      indexed: 1,
      found: ['man'],
      listed: 4,
      deleted: 2,
      count: 2,
      year: new Date().getFullYear(),
      associated: true,
      user: [{ UserId: 'bob', UserStatus: 'ACTIVE' }],
      users: [{ UserId: 'bob', UserStatus: 'CREATED' }],
      nobody: 'The user id: bob does not exist',
      tags: { a: 'b' },
      error: 'There are no faces in the image. Should be at least 1.',
    });
  });
});
