/** How long the local DynamoDB remembers a client request token: ten minutes, as DynamoDB does. */
import { describe, expect, it } from 'vitest';
import { loadOperations } from '../../infra/emulators/dynamo/operations.ts';
import { keysUnder, Store } from '../../infra/emulators/storage/index.ts';
import { KEYS } from './dynamo-target.ts';

const TableName = 'records';
const MINUTE = 60_000;

async function startAt(time: number) {
  const clock = { time };
  const storage = await Store.open();
  const load = async () => {
    const operations = await loadOperations(storage, () => clock.time);
    return (name: string, body: object) => operations.get(name)!(body);
  };
  let call = await load();
  await call('CreateTable', { TableName, ...KEYS });
  return {
    clock,
    restart: async () => {
      call = await load();
    },
    async increment(ClientRequestToken: string) {
      const Update = {
        TableName,
        Key: { pk: { S: 'a' }, sk: { S: '1' } },
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      };
      await call('TransactWriteItems', { ClientRequestToken, TransactItems: [{ Update }] });
    },
    async value() {
      const { Item } = await call('GetItem', {
        TableName,
        Key: { pk: { S: 'a' }, sk: { S: '1' } },
      });
      return Item;
    },
    async storedTokens() {
      const tokens: unknown[] = [];
      for await (const chunk of storage.values(keysUnder('token/'))) tokens.push(...chunk);
      return tokens.length;
    },
  };
}

const counted = (n: number) => ({ pk: { S: 'a' }, sk: { S: '1' }, n: { N: String(n) } });

describe('A client request token', () => {
  it.each([false, true])('holds for ten minutes (restarting: %s)', async (restarting) => {
    const dynamo = await startAt(0);
    await dynamo.increment('token');
    dynamo.clock.time = 10 * MINUTE - 1;
    if (restarting) await dynamo.restart();
    await dynamo.increment('token');
    expect(await dynamo.value()).toEqual(counted(1));
    dynamo.clock.time = 10 * MINUTE;
    if (restarting) await dynamo.restart();
    await dynamo.increment('token');
    expect(await dynamo.value()).toEqual(counted(2));
  });

  it('holds for a repetition that comes before the first answer', async () => {
    const dynamo = await startAt(0);
    await Promise.all(Array.from({ length: 5 }, () => dynamo.increment('token')));
    expect(await dynamo.value()).toEqual(counted(1));
  });

  it('is not stored for longer than it holds', async () => {
    const dynamo = await startAt(0);
    for (const token of ['one', 'two', 'three']) await dynamo.increment(token);
    expect(await dynamo.storedTokens()).toBe(3);
    dynamo.clock.time = 10 * MINUTE;
    await dynamo.restart();
    await dynamo.increment('four');
    expect(await dynamo.storedTokens()).toBe(1);
    expect(await dynamo.value()).toEqual(counted(4));
  });
});
