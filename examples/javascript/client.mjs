/** A client of the service: at AWS_ENDPOINT_URL_REKOGNITION, or on this machine. */
import { readFile } from 'node:fs/promises';
import { RekognitionClient } from '@aws-sdk/client-rekognition';

// On this machine any credentials will do; elsewhere they are an access key of Recollect's.
process.env.AWS_ACCESS_KEY_ID ??= 'any';
process.env.AWS_SECRET_ACCESS_KEY ??= 'any';
process.env.AWS_REGION ??= 'us-east-1';

export const client = new RekognitionClient({
  endpoint: process.env.AWS_ENDPOINT_URL_REKOGNITION ?? 'http://127.0.0.1:8000',
});

/** @param {string} file */
export const photograph = async (file) => ({ Bytes: await readFile(file) });
