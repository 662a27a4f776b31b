/** Who is in a photograph, all faces in one call: an operation of Recollect's own, through the AWS SDK. */
import {
  CreateCollectionCommand,
  DeleteCollectionCommand,
  IndexFacesCommand,
  ListCollectionsCommand,
} from '@aws-sdk/client-rekognition';
import { client, photograph } from './client.mjs';

/**
 * The SDK signs, repeats and reads errors as always; the command that it sends has another name, and the answer
 * is taken before the SDK reads it.
 */
async function extension(name, input) {
  const command = new ListCollectionsCommand({});
  let answer;
  command.middlewareStack.add(
    (next) => (args) => {
      args.request.headers['x-amz-target'] = `Recollect.${name}`;
      args.request.body = JSON.stringify(input);
      return next(args);
    },
    { step: 'build', priority: 'high' },
  );
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      if (result.response.statusCode === 200) {
        const chunks = await result.response.body.toArray();
        answer = JSON.parse(Buffer.concat(chunks).toString());
        result.response.body = Buffer.from('{}');
      }
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
  await client.send(command);
  return answer;
}

const CollectionId = 'example-extension';
const Image = await photograph('samples/sample1.jpg');

await client.send(new CreateCollectionCommand({ CollectionId }));
try {
  await client.send(new IndexFacesCommand({ CollectionId, Image, ExternalImageId: 'halloween' }));
  const { Bytes } = await photograph('samples/sample3.jpg');
  const { SearchedFaces } = await extension('SearchAllFacesByImage', {
    CollectionId,
    Image: { Bytes: Bytes.toString('base64') },
  });
  for (const { FaceMatches } of SearchedFaces) {
    const photographs = FaceMatches.map(({ Face }) => Face.ExternalImageId);
    console.log(photographs.length > 0 ? `known from ${photographs.join(', ')}` : 'not known');
  }
} finally {
  await client.send(new DeleteCollectionCommand({ CollectionId }));
}
