/**
 * The AWS clients of an execution environment, each made on first use and kept for all later requests.
 * A function that never asks for one does not hold its code.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';

let dynamodbClient: DynamoDBClient | undefined;
let eventBridgeClient: EventBridgeClient | undefined;
let lambdaClient: LambdaClient | undefined;
let s3Client: S3Client | undefined;
let snsClient: SNSClient | undefined;
let sqsClient: SQSClient | undefined;
let ssmClient: SSMClient | undefined;

export function dynamodb(): DynamoDBClient {
  dynamodbClient ??= new DynamoDBClient();
  return dynamodbClient;
}

export function eventBridge(): EventBridgeClient {
  eventBridgeClient ??= new EventBridgeClient();
  return eventBridgeClient;
}

/** Tries nothing again by itself. */
export function lambda(): LambdaClient {
  lambdaClient ??= new LambdaClient({ maxAttempts: 1 });
  return lambdaClient;
}

export function s3(): S3Client {
  s3Client ??= new S3Client();
  return s3Client;
}

export function sns(): SNSClient {
  snsClient ??= new SNSClient();
  return snsClient;
}

export function sqs(): SQSClient {
  sqsClient ??= new SQSClient();
  return sqsClient;
}

/** Requests wait for it: it gives up in time for them to be answered. */
export function ssm(): SSMClient {
  ssmClient ??= new SSMClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
  });
  return ssmClient;
}
