/** S3 where the photographs are: on AWS, or beside a service on this machine. */
import { S3Client } from '@aws-sdk/client-s3';
import type { Surroundings } from '../cli/index.ts';
import { connection, isLocal, LOCAL_S3_ENDPOINT } from '../connection.ts';

/**
 * @param given the address on the command line
 * @param endpoint of the service
 */
export function s3Client(
  given: string | undefined,
  endpoint: string,
  environment: Surroundings['environment'],
): S3Client {
  const elsewhere = environment['AWS_ENDPOINT_URL_S3'] || environment['AWS_ENDPOINT_URL'];
  const address = given ?? (elsewhere || (isLocal(endpoint) ? LOCAL_S3_ENDPOINT : undefined));
  if (address === undefined) return new S3Client({});
  const { region, credentials } = connection({ endpoint: address }, environment, 'S3');
  const settings = { endpoint: address, region, forcePathStyle: true };
  return new S3Client({ ...settings, ...(credentials && { credentials }) });
}
