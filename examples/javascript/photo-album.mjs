/** Who is in which photographs of a folder: node examples/javascript/photo-album.mjs FOLDER */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import {
  CreateCollectionCommand,
  DeleteCollectionCommand,
  IndexFacesCommand,
  SearchFacesCommand,
} from '@aws-sdk/client-rekognition';
import { client, photograph } from './client.mjs';

const [folder = 'samples'] = process.argv.slice(2);
const CollectionId = 'example-photo-album';
const files = (await readdir(folder)).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();

await client.send(new CreateCollectionCommand({ CollectionId }));
try {
  /** By face, the file that it is in. */
  const fileOf = new Map();
  for (const file of files) {
    const Image = await photograph(path.join(folder, file));
    const { FaceRecords } = await client.send(new IndexFacesCommand({ CollectionId, Image }));
    for (const { Face } of FaceRecords) fileOf.set(Face.FaceId, file);
  }

  /** By face, the person: the first face that is like it, or like one that is like it. */
  const personOf = new Map();
  for (const FaceId of fileOf.keys()) {
    if (personOf.has(FaceId)) continue;
    const open = [FaceId];
    for (let face = open.pop(); face !== undefined; face = open.pop()) {
      if (personOf.has(face)) continue;
      personOf.set(face, FaceId);
      const { FaceMatches } = await client.send(
        new SearchFacesCommand({ CollectionId, FaceId: face, FaceMatchThreshold: 95 }),
      );
      open.push(...FaceMatches.map((match) => match.Face.FaceId));
    }
  }

  /** By person, the faces. */
  const people = new Map();
  for (const [face, person] of personOf) people.set(person, [...(people.get(person) ?? []), face]);
  const several = [...people.values()]
    .map((faces) => [...new Set(faces.map((face) => fileOf.get(face)))].sort())
    .filter((photographs) => photographs.length > 1);
  console.log(`${files.length} photographs, ${fileOf.size} faces, ${people.size} people.`);
  for (const photographs of several) console.log(`One person is in ${photographs.join(' and ')}.`);
} finally {
  await client.send(new DeleteCollectionCommand({ CollectionId }));
}
