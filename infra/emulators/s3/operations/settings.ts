/**
 * Configurations of a bucket that tools and templates set. They are stored as sent and returned;
 * of them only CORS has an effect here. Versioning is off, and cannot be turned on.
 */
import { receiveText } from '../body/receive.ts';
import { S3Error, type S3ErrorCode } from '../errors.ts';
import { parseCors } from '../http/cors.ts';
import type { S3Request } from '../http/request.ts';
import { empty, xml } from '../http/response.ts';
import { document, parseXml } from '../http/xml.ts';
import type { Operation, Services } from './services.ts';

/** The subresources, and what a get answers before anything was put. */
const WHEN_ABSENT = {
  cors: { error: 'NoSuchCORSConfiguration' },
  encryption: { error: 'ServerSideEncryptionConfigurationNotFoundError' },
  lifecycle: { error: 'NoSuchLifecycleConfiguration' },
  notification: { root: 'NotificationConfiguration' },
  ownershipControls: { error: 'OwnershipControlsNotFoundError' },
  policy: { error: 'NoSuchBucketPolicy' },
  publicAccessBlock: { error: 'NoSuchPublicAccessBlockConfiguration' },
  tagging: { error: 'NoSuchTagSet' },
} as const satisfies Record<string, { error: S3ErrorCode } | { root: string }>;

export type Setting = keyof typeof WHEN_ABSENT;

export const SETTINGS: readonly Setting[] = [
  'cors',
  'encryption',
  'lifecycle',
  'notification',
  'ownershipControls',
  'policy',
  'publicAccessBlock',
  'tagging',
];

export function getSetting(setting: Setting): Operation {
  return async ({ metadata }, { bucket }) => {
    const stored = metadata.bucket(bucket).settings[setting];
    if (stored !== undefined) {
      return setting === 'policy'
        ? xml(stored, { 'content-type': 'application/json' })
        : xml(stored);
    }
    const absent = WHEN_ABSENT[setting];
    if ('root' in absent) return xml(document(absent.root));
    throw new S3Error(absent.error, { details: { BucketName: bucket } });
  };
}

export function putSetting(setting: Setting): Operation {
  return async (services, request) => {
    services.metadata.bucket(request.bucket);
    const text = await receiveText(request);
    if (setting === 'cors') parseCors(text);
    await store(services, request, setting, text);
    return empty(200);
  };
}

export function deleteSetting(setting: Setting): Operation {
  return async (services, request) => {
    await store(services, request, setting, undefined);
    return empty(204);
  };
}

export const getVersioning: Operation = async ({ metadata }, { bucket }) => {
  metadata.bucket(bucket);
  return xml(document('VersioningConfiguration'));
};

export const putVersioning: Operation = async ({ metadata }, request) => {
  metadata.bucket(request.bucket);
  const configuration = parseXml(await receiveText(request), 'VersioningConfiguration');
  if (configuration.text('Status') !== 'Enabled') return empty(200);
  throw new S3Error('NotImplemented', { message: 'Buckets of this server keep no versions.' });
};

function store(
  { metadata, locks }: Services,
  { bucket }: S3Request,
  setting: Setting,
  text: string | undefined,
): Promise<void> {
  return locks.whole(bucket, async () => {
    const record = metadata.bucket(bucket);
    const { [setting]: _replaced, ...others } = record.settings;
    const settings = text === undefined ? others : { ...others, [setting]: text };
    await metadata.putBucket({ ...record, settings });
  });
}
