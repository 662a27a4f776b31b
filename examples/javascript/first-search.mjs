/** Indexes a photograph of three women, and finds one of them in another photograph. */
import {
  CreateCollectionCommand,
  DeleteCollectionCommand,
  IndexFacesCommand,
  SearchFacesByImageCommand,
} from '@aws-sdk/client-rekognition';
import { client, photograph } from './client.mjs';

const CollectionId = 'example-first-search';
const Image = await photograph('samples/sample1.jpg');

await client.send(new CreateCollectionCommand({ CollectionId }));
try {
  const { FaceRecords } = await client.send(
    new IndexFacesCommand({ CollectionId, Image, ExternalImageId: 'halloween' }),
  );
  console.log(`${FaceRecords.length} faces are indexed.`);

  const { FaceMatches } = await client.send(
    new SearchFacesByImageCommand({ CollectionId, Image: await photograph('samples/sample3.jpg') }),
  );
  for (const { Face, Similarity } of FaceMatches) {
    console.log(`Found in ${Face.ExternalImageId}, similarity ${Similarity.toFixed(1)}.`);
  }
} finally {
  await client.send(new DeleteCollectionCommand({ CollectionId }));
}
