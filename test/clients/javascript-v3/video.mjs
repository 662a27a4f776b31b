/** The operations on stored video with the AWS SDK for JavaScript, version 3: node video.mjs ENDPOINT BUCKET CLIP COLLECTION */
import { setTimeout as sleep } from 'node:timers/promises';
import { paginateGetFaceSearch, Rekognition } from '@aws-sdk/client-rekognition';

const [endpoint, Bucket, Name, CollectionId] = process.argv.slice(2);
const client = new Rekognition({ endpoint });
const Video = { S3Object: { Bucket, Name } };
const say = (...words) => console.log(words.join(' '));

async function ended(get) {
  for (;;) {
    const answer = await get();
    if (answer.JobStatus !== 'IN_PROGRESS') return answer;
    await sleep(200);
  }
}

const detection = { Video, FaceAttributes: 'ALL', JobTag: 'clients' };
const { JobId: first } = await client.startFaceDetection(detection);
say('StartFaceDetection', first.length);
const detected = await ended(() => client.getFaceDetection({ JobId: first }));
const { Faces, VideoMetadata } = detected;
const landmarks = Faces[0].Face.Landmarks.length;
say(
  'GetFaceDetection',
  detected.JobStatus,
  detected.JobTag,
  VideoMetadata.Codec,
  Faces.length,
  landmarks,
);
const { JobId } = await client.startFaceSearch({ Video, CollectionId, FaceMatchThreshold: 60 });
say('StartFaceSearch', JobId.length);
const { JobStatus } = await ended(() => client.getFaceSearch({ JobId }));
const persons = [];
for await (const page of paginateGetFaceSearch(
  { client, pageSize: 2 },
  { JobId, SortBy: 'INDEX' },
)) {
  persons.push(...page.Persons);
}
const matches = persons.flatMap(({ FaceMatches }) => FaceMatches);
const names = new Set(matches.map(({ Face }) => Face.ExternalImageId));
const indexes = new Set(persons.map(({ Person }) => Person.Index));
say('GetFaceSearch', JobStatus, persons.length, indexes.size, ...[...names].sort());
try {
  await client.getFaceSearch({ JobId: '0'.repeat(64) });
} catch (error) {
  say('error', error.name, error.$metadata.httpStatusCode);
}
