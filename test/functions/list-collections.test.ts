/**
 * Paging through collections whose ids are too long for a token, over a listing in memory that may change
 * between pages.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createServices } from '../../functions/common/services.ts';
import { ListCollections } from '../../functions/list-collections.ts';
import { endpoint, type GatewayResult } from '../../layers/protocol/index.ts';
import { Records } from '../../layers/records/index.ts';
import { CONTEXT, eventOf } from '../protocol/support/events.ts';

interface Page {
  readonly CollectionIds: readonly string[];
  readonly FaceModelVersions: readonly string[];
  readonly NextToken?: string;
}

type Ask = (input: object) => Promise<GatewayResult>;

/** Lists from a set of ids as it is at the time, in the order of the database: by bytes. */
function listing(ids: Set<string>): { ask: Ask; list: (input: object) => Promise<Page> } {
  const records = new Records({ client: new DynamoDBClient({}), table: 'none' });
  vi.spyOn(records.collections, 'list').mockImplementation(async function* (after = '') {
    for (const id of [...ids].sort()) if (id > after) yield { id, faceModel: modelOf(id) };
  });
  const services = createServices({ records: () => records });
  const serve = endpoint({
    operations: [ListCollections],
    services: async () => services,
    authenticate: async () => undefined,
    translate: () => undefined,
    region: 'us-east-1',
    log: () => undefined,
    clock: () => 0,
  });
  const ask: Ask = (input) => serve(eventOf('ListCollections', JSON.stringify(input)), CONTEXT);
  return { ask, list: async (input) => JSON.parse((await ask(input)).body) };
}

/** Differs between ids, so that a list out of step shows. */
const modelOf = (id: string) => `${id.length}.${id.charCodeAt(id.length - 1)}`;

/** Ids that share beginnings of any length, up to nearly the whole of 255 characters. */
const sharing = fc
  .tuple(
    fc.array(fc.string({ unit: fc.constantFrom(...'aZ-_.'), minLength: 1, maxLength: 80 }), {
      minLength: 1,
      maxLength: 4,
    }),
    fc.array(
      fc.record({
        head: fc.nat(3),
        shared: fc.oneof(fc.integer({ min: 0, max: 254 }), fc.integer({ min: 140, max: 190 })),
        tail: fc.string({ unit: fc.constantFrom(...'aZ0.'), minLength: 1, maxLength: 110 }),
      }),
      { minLength: 1, maxLength: 25 },
    ),
  )
  .map(([heads, ids]) => {
    const made = ids.map(({ head, shared, tail }) => {
      const start = (heads[head % heads.length] ?? '').repeat(255).slice(0, shared);
      return `${start}${tail}`.slice(0, 255);
    });
    return new Set(made);
  });

const pageSize = fc.integer({ min: 1, max: 6 });

describe('ListCollections', () => {
  it('lists each collection once, in order, with its face model', async () => {
    await fc.assert(
      fc.asyncProperty(sharing, fc.infiniteStream(pageSize), async (ids, sizes) => {
        const { list } = listing(ids);
        const listed: string[] = [];
        let NextToken: string | undefined;
        do {
          const MaxResults = sizes.next().value;
          const page = await list({ MaxResults, NextToken });
          expect(page.CollectionIds.length).toBeGreaterThan(0);
          expect(page.CollectionIds.length).toBeLessThanOrEqual(MaxResults);
          expect(page.FaceModelVersions).toEqual(page.CollectionIds.map(modelOf));
          listed.push(...page.CollectionIds);
          NextToken = page.NextToken;
          // The longest token that the API's model lets a client send back.
          expect(NextToken?.length ?? 0).toBeLessThanOrEqual(255);
        } while (NextToken !== undefined);
        expect(listed).toEqual([...ids].sort());
      }),
      { numRuns: 200 },
    );
  });

  it('misses none and comes to an end while the last of a page is deleted', async () => {
    const step = fc.record({ size: pageSize, deletes: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(sharing, fc.infiniteStream(step), async (ids, steps) => {
        const all = new Set(ids);
        const { list } = listing(ids);
        const listed = new Set<string>();
        let NextToken: string | undefined;
        // A deletion may make a beginning be listed again, at most as often as there are ids.
        for (let pages = 0; pages <= (all.size + 1) ** 2; pages++) {
          const { size, deletes } = steps.next().value;
          const page = await list({ MaxResults: size, NextToken });
          for (const id of page.CollectionIds) listed.add(id);
          NextToken = page.NextToken;
          if (NextToken === undefined) break;
          if (deletes) ids.delete(page.CollectionIds.at(-1) ?? '');
        }
        expect(NextToken).toBeUndefined();
        for (const id of ids) expect(listed).toContain(id);
        for (const id of listed) expect(all).toContain(id);
      }),
      { numRuns: 200 },
    );
  });

  it('does not miss what is created behind the last of a page', async () => {
    const start = 'a'.repeat(250);
    const ids = new Set([`${start}b`, `${start}d`, `${start}f`]);
    const { list } = listing(ids);
    const first = await list({ MaxResults: 2 });
    ids.add(`${start}a`).add(`${start}e`);
    const second = await list({ MaxResults: 5, NextToken: first.NextToken });
    expect(first.CollectionIds).toEqual([`${start}b`, `${start}d`]);
    expect(second.CollectionIds).toEqual([`${start}e`, `${start}f`]);
  });

  it('has a default page where none or 0 is asked for', async () => {
    const { list } = listing(new Set(Array.from({ length: 1001 }, (_, i) => `c${i}`)));
    for (const input of [{}, { MaxResults: 0 }]) {
      const page = await list(input);
      expect(page.CollectionIds).toHaveLength(1000);
      expect((await list({ NextToken: page.NextToken })).CollectionIds).toHaveLength(1);
    }
    expect((await list({ MaxResults: 4096 })).NextToken).toBeUndefined();
  });

  it('is empty where nothing is', async () => {
    expect(await listing(new Set()).list({})).toEqual({ CollectionIds: [], FaceModelVersions: [] });
  });

  it.each(['x', 'AAAAAAAAAAAAAAAA', 'ä', '/'.repeat(255)])(
    'refuses the token %s',
    async (token) => {
      const { statusCode, body } = await listing(new Set(['a'])).ask({ NextToken: token });
      expect(statusCode).toBe(400);
      expect(JSON.parse(body)).toMatchObject({ __type: 'InvalidPaginationTokenException' });
    },
  );
});
