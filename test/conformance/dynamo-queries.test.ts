/** Query, Scan and batches: what the local DynamoDB must do as DynamoDB does. */
import {
  BatchGetCommand,
  BatchWriteCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTarget, refusal, type Target } from './dynamo-target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
  await store([
    ...Array.from({ length: 60 }, (_, v) => ({ pk: 'q', sk: `a#${padded(v)}`, v })),
    { pk: 'q', sk: 'b#1', v: -1 },
    { pk: 'q', sk: 'a', v: -2 },
    { pk: 'qq', sk: 'a#000', v: -3, yes: true },
  ]);
});
afterAll(() => target.close());

const padded = (n: number) => String(n).padStart(3, '0');

async function store(items: Record<string, unknown>[]): Promise<void> {
  for (let start = 0; start < items.length; start += 25) {
    const requests = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    const { UnprocessedItems } = await target.documents.send(
      new BatchWriteCommand({ RequestItems: { [target.table]: requests } }),
    );
    expect(UnprocessedItems).toEqual({});
  }
}

const query = (
  condition: string,
  values: Record<string, unknown>,
  more: Partial<QueryCommandInput> = {},
) =>
  target.documents.send(
    new QueryCommand({
      TableName: target.table,
      ConsistentRead: true,
      KeyConditionExpression: condition,
      ExpressionAttributeValues: values,
      ...more,
    }),
  );

/** Every page of `request`, which is given the key to start after. */
async function pages<Page extends { LastEvaluatedKey?: Record<string, unknown> | undefined }>(
  request: (start: Record<string, unknown> | undefined) => Promise<Page>,
): Promise<Page[]> {
  const all: Page[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await request(start);
    all.push(page);
    start = page.LastEvaluatedKey;
    if (all.length > 100) throw new Error('the pages do not end');
  } while (start);
  return all;
}

describe('Query', () => {
  it.each([
    ['pk = :p', { ':p': 'q' }, 62],
    ['pk = :p AND begins_with(sk, :s)', { ':p': 'q', ':s': 'a#' }, 60],
    ['pk = :p AND sk BETWEEN :a AND :b', { ':p': 'q', ':a': 'a#010', ':b': 'a#019' }, 10],
    ['pk = :p AND sk < :a', { ':p': 'q', ':a': 'a#000' }, 1],
    ['pk = :p AND sk <= :a', { ':p': 'q', ':a': 'a#000' }, 2],
    ['pk = :p AND sk > :a', { ':p': 'q', ':a': 'a#059' }, 1],
    ['pk = :p AND sk >= :a', { ':p': 'q', ':a': 'a#059' }, 2],
    ['pk = :p AND sk = :a', { ':p': 'q', ':a': 'a' }, 1],
    ['pk = :p', { ':p': 'nobody' }, 0],
  ])('%s with %o', async (condition, values, count) => {
    const { Count, Items } = await query(condition, values);
    expect([Count, Items?.length]).toEqual([count, count]);
  });

  it('goes backwards on request', async () => {
    const { Items } = await query('pk = :p', { ':p': 'q' }, { ScanIndexForward: false, Limit: 2 });
    expect(Items?.map(({ sk }) => sk)).toEqual(['b#1', 'a#059']);
  });

  it('orders by UTF-8 bytes, whatever the keys', async () => {
    let run = 0;
    const keys = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), {
      minLength: 2,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(keys, async (sks) => {
        const pk = `order-${run++}`;
        await store(sks.map((sk) => ({ pk, sk })));
        const { Items } = await query('pk = :p', { ':p': pk });
        const expected = sks.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(Items?.map(({ sk }) => sk)).toEqual(expected);
      }),
      { numRuns: 25, examples: [[['z', 'é', '~', '日', '🎉', '\uffee', 'A', 'a', '/']]] },
    );
  });

  it.each([true, false])('pages through everything once, forward: %s', async (forward) => {
    const found = await pages((start) =>
      query(
        'pk = :p AND begins_with(sk, :s)',
        { ':p': 'q', ':s': 'a#' },
        { Limit: 7, ScanIndexForward: forward, ExclusiveStartKey: start },
      ),
    );
    const expected = Array.from({ length: 60 }, (_, v) => v);
    expect(found.flatMap(({ Items }) => Items?.map(({ v }) => v))).toEqual(
      forward ? expected : expected.reverse(),
    );
  });

  it('filters after the limit', async () => {
    const page = await query(
      'pk = :p AND begins_with(sk, :s)',
      { ':p': 'q', ':s': 'a#', ':v': 5 },
      { Limit: 10, FilterExpression: 'v >= :v' },
    );
    expect(page).toMatchObject({
      Count: 5,
      ScannedCount: 10,
      LastEvaluatedKey: { pk: 'q', sk: 'a#009' },
    });
  });

  it('refuses a filter that compares what cannot be compared', async () => {
    const error = await refusal(
      query('pk = :p', { ':p': 'qq', ':b': true }, { FilterExpression: 'begins_with(yes, :b)' }),
    );
    expect(error.name).toBe('ValidationException');
  });

  it('counts without items', async () => {
    const { Count, Items } = await query('pk = :p', { ':p': 'q' }, { Select: 'COUNT' });
    expect([Count, Items]).toEqual([62, undefined]);
  });

  it('projects', async () => {
    const { Items } = await query(
      'pk = :p AND sk = :s',
      { ':p': 'q', ':s': 'a#001' },
      { ProjectionExpression: 'v, #s', ExpressionAttributeNames: { '#s': 'sk' } },
    );
    expect(Items).toEqual([{ sk: 'a#001', v: 1 }]);
  });

  it('ends a page at 1 MB', async () => {
    const text = 'x'.repeat(300 * 1024);
    for (const sk of ['0', '1', '2', '3', '4', '5']) {
      await target.documents.send(
        new PutCommand({ TableName: target.table, Item: { pk: 'mb', sk, text } }),
      );
    }
    const found = await pages((ExclusiveStartKey) =>
      query('pk = :p', { ':p': 'mb' }, { ExclusiveStartKey }),
    );
    expect(found.length).toBeGreaterThan(1);
    expect(found.flatMap(({ Items }) => Items?.map(({ sk }) => sk))).toEqual([...'012345']);
  });
});

describe('Scan', () => {
  it('finds everything once over segments and pages', async () => {
    const scan = (more: Partial<ScanCommandInput>) =>
      target.documents.send(
        new ScanCommand({
          TableName: target.table,
          TotalSegments: 3,
          FilterExpression: 'pk IN (:q, :qq)',
          ExpressionAttributeValues: { ':q': 'q', ':qq': 'qq' },
          Limit: 40,
          ...more,
        }),
      );
    const found: unknown[] = [];
    for (const Segment of [0, 1, 2]) {
      for (const { Items } of await pages((start) => scan({ Segment, ExclusiveStartKey: start }))) {
        found.push(...(Items ?? []).map(({ v }) => v));
      }
    }
    expect(found).toHaveLength(63);
    expect(new Set(found).size).toBe(63);
  });
});

describe('BatchGetItem', () => {
  it('gets 100 items, projected, and leaves out the absent', async () => {
    await store(Array.from({ length: 99 }, (_, v) => ({ pk: 'bg', sk: String(v), v, w: 1 })));
    const Keys = Array.from({ length: 100 }, (_, v) => ({ pk: 'bg', sk: String(v) }));
    const { Responses, UnprocessedKeys } = await target.documents.send(
      new BatchGetCommand({
        RequestItems: { [target.table]: { Keys, ConsistentRead: true, ProjectionExpression: 'v' } },
      }),
    );
    const values = (Responses?.[target.table] ?? []).map(({ v }) => v).sort((a, b) => a - b);
    expect(values).toEqual(Array.from({ length: 99 }, (_, v) => v));
    expect(Responses?.[target.table]?.[0]).not.toHaveProperty('w');
    expect(UnprocessedKeys).toEqual({});
  });

  it('refuses 101 keys and a repeated key', async () => {
    const getting = (Keys: Record<string, string>[]) =>
      target.documents.send(new BatchGetCommand({ RequestItems: { [target.table]: { Keys } } }));
    const many = Array.from({ length: 101 }, (_, v) => ({ pk: 'bg', sk: String(v) }));
    expect((await refusal(getting(many))).name).toBe('ValidationException');
    const twice = [many[0], many[0]].flatMap((key) => key ?? []);
    expect((await refusal(getting(twice))).name).toBe('ValidationException');
  });
});

describe('BatchWriteItem', () => {
  const writing = (requests: object[]) =>
    target.documents.send(new BatchWriteCommand({ RequestItems: { [target.table]: requests } }));
  const put = (sk: string) => ({ PutRequest: { Item: { pk: 'bw', sk } } });

  it('puts and deletes', async () => {
    await writing([put('1'), put('2')]);
    await writing([put('3'), { DeleteRequest: { Key: { pk: 'bw', sk: '1' } } }]);
    const { Items } = await query('pk = :p', { ':p': 'bw' });
    expect(Items?.map(({ sk }) => sk)).toEqual(['2', '3']);
  });

  it('refuses 26 requests, a repeated key and a key of the wrong form, and writes none', async () => {
    const fresh = { PutRequest: { Item: { pk: 'bw-refused', sk: '1' } } };
    const many = Array.from({ length: 25 }, (_, v) => put(`many-${v}`));
    expect((await refusal(writing([fresh, ...many]))).name).toBe('ValidationException');
    expect((await refusal(writing([fresh, put('4'), put('4')]))).message).toBe(
      'Provided list of item keys contains duplicates',
    );
    const keyless = { PutRequest: { Item: { pk: 'bw' } } };
    expect((await refusal(writing([fresh, keyless]))).name).toBe('ValidationException');
    expect((await query('pk = :p', { ':p': 'bw-refused' })).Count).toBe(0);
  });
});
