/** Tables: what the local DynamoDB must do as DynamoDB does. */
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ListTablesCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  KEYS,
  openTarget,
  refusal,
  type Target,
  uniqueName,
  untilActive,
} from './dynamo-target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

async function withTable(more: object, use: (TableName: string) => Promise<void>): Promise<void> {
  const TableName = uniqueName();
  await target.client.send(new CreateTableCommand({ TableName, ...KEYS, ...more }));
  await untilActive(target.client, TableName);
  await use(TableName);
}

describe('A table', () => {
  it('is described as it was created', async () => {
    const { Table } = await target.client.send(
      new DescribeTableCommand({ TableName: target.table }),
    );
    expect(Table).toMatchObject({
      TableName: target.table,
      TableStatus: 'ACTIVE',
      KeySchema: KEYS.KeySchema,
      AttributeDefinitions: expect.arrayContaining(KEYS.AttributeDefinitions),
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      DeletionProtectionEnabled: false,
    });
    expect(Table?.TableArn).toMatch(new RegExp(`^arn:aws:dynamodb:.*:table/${target.table}$`));
    expect(Table?.CreationDateTime).toBeInstanceOf(Date);
  });

  it('is listed', async () => {
    const names: string[] = [];
    let ExclusiveStartTableName: string | undefined;
    do {
      const page = await target.client.send(new ListTablesCommand({ ExclusiveStartTableName }));
      names.push(...(page.TableNames ?? []));
      ExclusiveStartTableName = page.LastEvaluatedTableName;
    } while (ExclusiveStartTableName);
    expect(names).toContain(target.table);
  });

  it('is not created twice', async () => {
    const again = new CreateTableCommand({ TableName: target.table, ...KEYS });
    expect((await refusal(target.client.send(again))).name).toBe('ResourceInUseException');
  });

  it('is unknown when it is absent', async () => {
    const absent = { TableName: uniqueName() };
    for (const request of [
      () => target.client.send(new DescribeTableCommand(absent)),
      () => target.client.send(new DeleteTableCommand(absent)),
      () => target.client.send(new DescribeTimeToLiveCommand(absent)),
    ]) {
      expect((await refusal(request())).name).toBe('ResourceNotFoundException');
    }
  });

  it('takes its items with it when it is deleted', async () => {
    await withTable({}, async (TableName) => {
      const Item = { pk: 'a', sk: '1' };
      await target.documents.send(new PutCommand({ TableName, Item }));
      await target.client.send(new DeleteTableCommand({ TableName }));
      const waiting = { client: target.client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 };
      await waitUntilTableNotExists(waiting, { TableName });
      await target.client.send(new CreateTableCommand({ TableName, ...KEYS }));
      await untilActive(target.client, TableName);
      const found = await target.documents.send(new GetCommand({ TableName, Key: Item }));
      expect(found.Item).toBeUndefined();
      await target.client.send(new DeleteTableCommand({ TableName }));
    });
  });

  it('is not deleted while it is protected', async () => {
    await withTable({ DeletionProtectionEnabled: true }, async (TableName) => {
      const error = await refusal(target.client.send(new DeleteTableCommand({ TableName })));
      expect(error.name).toBe('ValidationException');
      await target.client.send(
        new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }),
      );
      await untilActive(target.client, TableName);
      await target.client.send(new DeleteTableCommand({ TableName }));
    });
  });
});

describe('Time to live', () => {
  const status = async (TableName: string) =>
    (await target.client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;

  it('is off, is turned on once, and is described', async () => {
    await withTable({}, async (TableName) => {
      expect(await status(TableName)).toEqual({ TimeToLiveStatus: 'DISABLED' });
      const specification = { Enabled: true, AttributeName: 'expires' };
      const enable = new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: specification,
      });
      const { TimeToLiveSpecification } = await target.client.send(enable);
      expect(TimeToLiveSpecification).toEqual(specification);
      expect(await status(TableName)).toMatchObject({
        TimeToLiveStatus: expect.stringMatching(/^ENABL(ED|ING)$/),
        AttributeName: 'expires',
      });
      expect((await refusal(target.client.send(enable))).name).toBe('ValidationException');
      await target.client.send(new DeleteTableCommand({ TableName }));
    });
  });
});
