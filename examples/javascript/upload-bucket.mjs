/** Puts a photograph into the upload bucket, waits for the event that says what became of it, and finds its faces. */
import { readFile } from 'node:fs/promises';
import {
  CreateCollectionCommand,
  DeleteCollectionCommand,
  ListFacesCommand,
} from '@aws-sdk/client-rekognition';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { client } from './client.mjs';

const CollectionId = 'example-upload-bucket';
const Bucket = process.env.UPLOAD_BUCKET ?? 'recollect-uploads';
const Key = `${CollectionId}/2024/reunion.jpg`;
const s3 = new S3Client({
  endpoint: process.env.AWS_ENDPOINT_URL_S3 ?? 'http://127.0.0.1:8001',
  forcePathStyle: true,
});
const service = process.env.AWS_ENDPOINT_URL_REKOGNITION ?? 'http://127.0.0.1:8000';

await client.send(new CreateCollectionCommand({ CollectionId }));
try {
  const events = await fetch(`${service}/events`);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: await readFile('samples/sample2.jpg') }));
  const { Status, ExternalImageId } = await outcomeOf(Key, events);
  console.log(`${Key} is ${Status}, as ${ExternalImageId}.`);
  const { Faces } = await client.send(new ListFacesCommand({ CollectionId }));
  console.log(`${Faces.length} faces are in the collection.`);
} finally {
  await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await client.send(new DeleteCollectionCommand({ CollectionId }));
}

/** The events are lines of JSON; an object may have several. */
async function outcomeOf(key, events) {
  let text = '';
  for await (const chunk of events.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop();
    for (const line of lines) {
      const { detail } = JSON.parse(line);
      if (detail.Key === key) return detail;
    }
  }
  throw new Error('The service ended before it said what became of the photograph.');
}
