/** All operations with the AWS SDK for JavaScript, version 2: node main.mjs ENDPOINT FOLDER COLLECTION */
import { readFileSync } from 'node:fs';
import Rekognition from 'aws-sdk/clients/rekognition.js';

const [endpoint, folder, CollectionId] = process.argv.slice(2);
const client = new Rekognition({ endpoint });
const photo = (name) => ({ Bytes: readFileSync(`${folder}/${name}`) });
const [one, two] = [photo('sample1.jpg'), photo('sample3.jpg')];
const say = (...words) => console.log(words.join(' '));

say('CreateCollection', (await client.createCollection({ CollectionId }).promise()).StatusCode);
const { CollectionARN, FaceCount } = await client.describeCollection({ CollectionId }).promise();
say('DescribeCollection', FaceCount);
say(
  'ListCollections',
  (await client.listCollections({}).promise()).CollectionIds.includes(CollectionId),
);
await client.tagResource({ ResourceArn: CollectionARN, Tags: { colour: 'red' } }).promise();
say('TagResource');
const { Tags } = await client.listTagsForResource({ ResourceArn: CollectionARN }).promise();
say('ListTagsForResource', Tags.colour);
await client.untagResource({ ResourceArn: CollectionARN, TagKeys: ['colour'] }).promise();
say('UntagResource');
const indexed = await client
  .indexFaces({
    CollectionId,
    Image: one,
    ExternalImageId: 'halloween',
    DetectionAttributes: ['DEFAULT'],
  })
  .promise();
say('IndexFaces', indexed.FaceRecords.length);
const FaceIds = (await client.listFaces({ CollectionId }).promise()).Faces.map(
  ({ FaceId }) => FaceId,
);
say('ListFaces', FaceIds.length);
const { FaceDetails } = await client.detectFaces({ Image: two, Attributes: ['ALL'] }).promise();
say('DetectFaces', FaceDetails.length, FaceDetails[0].Landmarks.length);
const compared = await client.compareFaces({ SourceImage: two, TargetImage: one }).promise();
say('CompareFaces', compared.FaceMatches.length);
const byImage = await client.searchFacesByImage({ CollectionId, Image: two }).promise();
const { FaceId, ExternalImageId } = byImage.FaceMatches[0].Face;
say('SearchFacesByImage', byImage.FaceMatches.length, ExternalImageId);
const byFace = await client.searchFaces({ CollectionId, FaceId, FaceMatchThreshold: 0 }).promise();
say('SearchFaces', byFace.FaceMatches.length);
await client.createUser({ CollectionId, UserId: 'anna' }).promise();
say('CreateUser');
const user = { CollectionId, UserId: 'anna', FaceIds: [FaceId] };
say('AssociateFaces', (await client.associateFaces(user).promise()).AssociatedFaces.length);
say('ListUsers', (await client.listUsers({ CollectionId }).promise()).Users[0].UserStatus);
say(
  'SearchUsers',
  (await client.searchUsers({ CollectionId, FaceId }).promise()).UserMatches[0].User.UserId,
);
const users = await client.searchUsersByImage({ CollectionId, Image: two }).promise();
say('SearchUsersByImage', users.UserMatches[0].User.UserId);
say(
  'DisassociateFaces',
  (await client.disassociateFaces(user).promise()).DisassociatedFaces.length,
);
await client.deleteUser({ CollectionId, UserId: 'anna' }).promise();
say('DeleteUser');
say(
  'DeleteFaces',
  (await client.deleteFaces({ CollectionId, FaceIds }).promise()).DeletedFaces.length,
);
say('DeleteCollection', (await client.deleteCollection({ CollectionId }).promise()).StatusCode);
try {
  await client.describeCollection({ CollectionId }).promise();
} catch (error) {
  say('error', error.code, error.statusCode);
}
