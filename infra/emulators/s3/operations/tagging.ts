/** GetObjectTagging, PutObjectTagging and DeleteObjectTagging. */
import { receiveText } from '../body/receive.ts';
import { S3Error } from '../errors.ts';
import type { S3Request } from '../http/request.ts';
import { empty, xml } from '../http/response.ts';
import { document, element, parent, parseXml } from '../http/xml.ts';
import type { ObjectRecord, Tag } from '../storage/records.ts';
import { requireValidTags } from './description.ts';
import { requireCurrentVersion } from './objects.ts';
import type { Operation, Services } from './services.ts';

export const getTagging: Operation = async (services, request) => {
  const object = await taggedObject(services, request);
  const tags = object.tags.map(({ key, value }) =>
    parent('Tag', element('Key', key), element('Value', value)),
  );
  return xml(document('Tagging', parent('TagSet', ...tags)));
};

export const putTagging: Operation = async (services, request) => {
  const tags = parseTagging(await receiveText(request));
  await replaceTags(services, request, tags);
  return empty(200);
};

export const deleteTagging: Operation = async (services, request) => {
  await replaceTags(services, request, []);
  return empty(204);
};

/** @throws S3Error MalformedXML, InvalidTag */
export function parseTagging(document: string): readonly Tag[] {
  const tagSet = parseXml(document, 'Tagging').child('TagSet');
  if (!tagSet) throw new S3Error('MalformedXML');
  const tags = tagSet.children('Tag').map((tag) => {
    const [key, value] = [tag.text('Key'), tag.text('Value')];
    if (key === undefined || value === undefined) throw new S3Error('MalformedXML');
    return { key, value };
  });
  return requireValidTags(tags);
}

/** Tags are no part of an object's version: ETag and time stay as they are. */
function replaceTags(services: Services, request: S3Request, tags: readonly Tag[]): Promise<void> {
  const { bucket, key } = request;
  return services.locks.key(bucket, key, async () => {
    const object = await taggedObject(services, request);
    await services.metadata.putObject(bucket, { ...object, tags });
  });
}

/** @throws S3Error NoSuchBucket, NoSuchKey, NoSuchVersion */
async function taggedObject(
  { metadata }: Services,
  { bucket, key, query }: S3Request,
): Promise<ObjectRecord> {
  metadata.bucket(bucket);
  requireCurrentVersion(query.get('versionId') ?? undefined);
  const object = await metadata.object(bucket, key);
  if (!object) throw new S3Error('NoSuchKey', { details: { Key: key } });
  return object;
}
