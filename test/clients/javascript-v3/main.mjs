/** All operations with the AWS SDK for JavaScript, version 3: node main.mjs ENDPOINT FOLDER COLLECTION */
import { readFileSync } from 'node:fs';
import { Rekognition } from '@aws-sdk/client-rekognition';

const [endpoint, folder, CollectionId] = process.argv.slice(2);
const client = new Rekognition({ endpoint });
const photo = (name) => ({ Bytes: readFileSync(`${folder}/${name}`) });
const [one, two] = [photo('sample1.jpg'), photo('sample3.jpg')];
const say = (...words) => console.log(words.join(' '));

say('CreateCollection', (await client.createCollection({ CollectionId })).StatusCode);
const { CollectionARN, FaceCount } = await client.describeCollection({ CollectionId });
say('DescribeCollection', FaceCount);
say('ListCollections', (await client.listCollections({})).CollectionIds.includes(CollectionId));
await client.tagResource({ ResourceArn: CollectionARN, Tags: { colour: 'red' } });
say('TagResource');
const { Tags } = await client.listTagsForResource({ ResourceArn: CollectionARN });
say('ListTagsForResource', Tags.colour);
await client.untagResource({ ResourceArn: CollectionARN, TagKeys: ['colour'] });
say('UntagResource');
const indexed = await client.indexFaces({
  CollectionId,
  Image: one,
  ExternalImageId: 'halloween',
  DetectionAttributes: ['DEFAULT'],
});
say('IndexFaces', indexed.FaceRecords.length);
const FaceIds = (await client.listFaces({ CollectionId })).Faces.map(({ FaceId }) => FaceId);
say('ListFaces', FaceIds.length);
const { FaceDetails } = await client.detectFaces({ Image: two, Attributes: ['ALL'] });
say('DetectFaces', FaceDetails.length, FaceDetails[0].Landmarks.length);
const compared = await client.compareFaces({ SourceImage: two, TargetImage: one });
say('CompareFaces', compared.FaceMatches.length);
const byImage = await client.searchFacesByImage({ CollectionId, Image: two });
const { FaceId, ExternalImageId } = byImage.FaceMatches[0].Face;
say('SearchFacesByImage', byImage.FaceMatches.length, ExternalImageId);
const byFace = await client.searchFaces({ CollectionId, FaceId, FaceMatchThreshold: 0 });
say('SearchFaces', byFace.FaceMatches.length);
await client.createUser({ CollectionId, UserId: 'anna' });
say('CreateUser');
const user = { CollectionId, UserId: 'anna', FaceIds: [FaceId] };
say('AssociateFaces', (await client.associateFaces(user)).AssociatedFaces.length);
say('ListUsers', (await client.listUsers({ CollectionId })).Users[0].UserStatus);
say('SearchUsers', (await client.searchUsers({ CollectionId, FaceId })).UserMatches[0].User.UserId);
const users = await client.searchUsersByImage({ CollectionId, Image: two });
say('SearchUsersByImage', users.UserMatches[0].User.UserId);
say('DisassociateFaces', (await client.disassociateFaces(user)).DisassociatedFaces.length);
await client.deleteUser({ CollectionId, UserId: 'anna' });
say('DeleteUser');
say('DeleteFaces', (await client.deleteFaces({ CollectionId, FaceIds })).DeletedFaces.length);
say('DeleteCollection', (await client.deleteCollection({ CollectionId })).StatusCode);
try {
  await client.describeCollection({ CollectionId });
} catch (error) {
  say('error', error.name, error.$metadata.httpStatusCode);
}
