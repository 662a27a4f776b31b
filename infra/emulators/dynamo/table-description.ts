/** What CreateTable makes of its request, in the form DescribeTable answers. */
import { randomUUID } from 'node:crypto';
import type { TableSchema } from './wire.ts';

export interface CreateTableRequest extends TableSchema {
  BillingMode?: 'PROVISIONED' | 'PAY_PER_REQUEST';
  ProvisionedThroughput?: { ReadCapacityUnits: number; WriteCapacityUnits: number };
  DeletionProtectionEnabled?: boolean;
  LocalSecondaryIndexes?: unknown[];
  GlobalSecondaryIndexes?: unknown[];
}

export interface TableDescription extends TableSchema {
  DeletionProtectionEnabled: boolean;
  [member: string]: unknown;
}

/** @param now milliseconds since the epoch */
export function describeNew(request: CreateTableRequest, now: number): TableDescription {
  const seconds = now / 1000;
  const onDemand = request.BillingMode === 'PAY_PER_REQUEST';
  return {
    TableName: request.TableName,
    KeySchema: request.KeySchema,
    AttributeDefinitions: request.AttributeDefinitions,
    TableStatus: 'ACTIVE',
    CreationDateTime: seconds,
    TableArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${request.TableName}`,
    TableId: randomUUID(),
    TableSizeBytes: 0,
    ItemCount: 0,
    DeletionProtectionEnabled: request.DeletionProtectionEnabled ?? false,
    ProvisionedThroughput: {
      ReadCapacityUnits: 0,
      WriteCapacityUnits: 0,
      ...request.ProvisionedThroughput,
      NumberOfDecreasesToday: 0,
    },
    ...(onDemand && {
      BillingModeSummary: {
        BillingMode: 'PAY_PER_REQUEST',
        LastUpdateToPayPerRequestDateTime: seconds,
      },
    }),
  };
}
