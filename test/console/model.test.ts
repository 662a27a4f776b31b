/** What the page knows without a screen, against what it stands for elsewhere. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageId } from '../../functions/common/identity.ts';
import { awsCli, quoted, recollectCli } from '../../infra/console/page/model/cli.ts';
import { imageId as imageIdOfPage } from '../../infra/console/page/model/photographs.ts';
import { expectedStrangers, inWords, strangersAt } from '../../infra/console/page/model/rates.ts';
import { hashOf, routeOf, SCREENS } from '../../infra/console/page/model/route.ts';
import { inWords as errorInWords } from '../../infra/console/page/model/words.ts';
import { signed } from '../../infra/console/page/service/signing.ts';
import { rateOfSimilarity } from '../../layers/inference/similarity-scale.ts';
import { smithy } from '../protocol/auth/support/requests.ts';
import { output } from '../support/programs.ts';

describe('rates', () => {
  it('are those of the service', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (similarity) => {
        const [ours, theirs] = [strangersAt(similarity), rateOfSimilarity(similarity)];
        expect(ours / theirs).toBeCloseTo(1, 9);
      }),
    );
  });

  it('are said as people say them', () => {
    expect([0, 40, 80, 99].map((at) => inWords(strangersAt(at)))).toEqual([
      '1 in 1',
      '1 in 1,000',
      '1 in 100,000',
      '1 in 1,000,000',
    ]);
    expect(expectedStrangers(80, 50_000)).toBeCloseTo(0.5);
  });
});

describe('signatures', () => {
  it.each([
    ['POST', 'http://127.0.0.1:8000/', '{"CollectionId":"Ä\\u0000"}'],
    ['GET', 'https://abc.lambda-url.eu-central-1.on.aws/events?from=start', ''],
  ] as const)('of a %s are those of the SDK', async (method, address, body) => {
    const url = new URL(address);
    const key = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'RekognitionService.X',
    };
    const now = new Date('2026-11-26T08:15:30.123Z');
    const expected = await smithy({ checksum: false })(
      {
        method,
        path: url.pathname,
        query: Object.fromEntries([...url.searchParams].map(([name, value]) => [name, [value]])),
        headers: { ...headers, host: url.host },
        body: Buffer.from(body),
      },
      { key, region: 'us-east-1', service: 'rekognition', date: now },
    );
    const ours = await signed({ method, url, headers, body }, key, now);
    expect(ours['authorization']).toBe(expected.headers['authorization']);
    expect(ours['x-amz-date']).toBe('20261126T081530Z');
  });
});

describe('ids of photographs', () => {
  it('are those of the service', async () => {
    for (const size of [0, 1, 100_000]) {
      const bytes = new Uint8Array(randomBytes(size));
      expect(await imageIdOfPage(bytes)).toBe(imageId(bytes));
    }
  });
});

describe('commands', () => {
  it('reach a shell as they were meant, whatever they hold', async () => {
    const wild = ["it's", '$(touch x)', 'a b', '`id`', '"', '\\', '!', '*', ';&|', 'ä\n'];
    const said = await output('sh', ['-c', `printf '%s\\0' ${wild.map(quoted).join(' ')}`]);
    expect(said.split('\0').slice(0, -1)).toEqual(wild);
  });

  it('are those of the programs', () => {
    expect(
      awsCli(
        'SearchFaces',
        { CollectionId: 'my album', FaceMatchThreshold: 80, MaxFaces: undefined },
        'http://h/',
      ),
    ).toBe(
      "aws rekognition search-faces --collection-id 'my album' --face-match-threshold 80 --endpoint-url http://h",
    );
    expect(recollectCli('merge', { FaceIds: ['a', 'b'], Undo: { x: 1 } })).toBe(
      `npx recollect merge --face-ids a b --undo '{"x":1}'`,
    );
  });
});

describe('routes', () => {
  it('lead back to where they came from', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SCREENS),
        fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
        (screen, collection) => {
          expect(routeOf(hashOf({ screen, collection }))).toEqual({ screen, collection });
        },
      ),
    );
  });

  it('lead to the first screen from anywhere else', () => {
    for (const hash of ['', '#', '#/', '#/nowhere/x', '#/faces/%']) {
      expect(SCREENS).toContain(routeOf(hash).screen);
    }
    expect(routeOf('#/nowhere').screen).toBe('collections');
  });
});

describe('errors', () => {
  it('are said in words, and what is not known as the service said it', () => {
    expect(errorInWords({ name: 'ThrottlingException', message: 'x' })).toMatch(/Try again/);
    expect(
      errorInWords({ name: 'InvalidParameterException', message: 'There are no faces.' }),
    ).toBe('There are no faces.');
    expect(errorInWords('what')).toBe('what');
  });
});
