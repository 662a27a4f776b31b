/**
 * The owner's console in a real browser, against a real service with real photographs: each screen's main path, by
 * keyboard too, in both colour schemes and at the width of a phone, with names that are made to be scripts.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import {
  AssociateFacesCommand,
  CreateCollectionCommand,
  CreateUserCommand,
  DeleteUserCommand,
  DescribeCollectionCommand,
  IndexFacesCommand,
  ListCollectionsCommand,
  ListFacesCommand,
  ListUsersCommand,
} from '@aws-sdk/client-rekognition';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLocal } from '../../infra/local/stack.ts';
import { issueKey } from '../../layers/protocol/index.ts';
import { CHROMIUM, withChromium } from '../support/chromium.ts';
import { sample, samplePath } from '../support/photos.ts';
import { startStack, type TestStack } from '../support/stack.ts';

/** A machine that is busy takes its time. */
function eventually<T>(read: () => T | Promise<T>) {
  return expect.poll(read, { timeout: 20_000 });
}

/** As in the address. */
const EVERY_SCREEN = [
  'collections',
  'try/people',
  'faces/people',
  'people/people',
  'duplicates/people',
  'outcomes',
  'videos',
  'receipts/people',
  'audit',
  'keys',
];

/** What a name must never become. */
const SCRIPT = '<img src=x onerror="window.owned=1">';

describe.skipIf(CHROMIUM === undefined)(withChromium('the console'), () => {
  let browser: Browser;
  let stack: TestStack;
  let axe: string;
  let context: BrowserContext;
  let page: Page;
  /** What the browser complained about: violations of the policy are among it. */
  let complaints: string[];

  beforeAll(async () => {
    stack = await startStack({ auditDays: 1 });
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });
  beforeEach(async () => {
    await open();
  });
  afterEach(async () => {
    expect(await page.evaluate('window.owned')).toBeUndefined();
    expect(complaints).toEqual([]);
    await context.close();
  });

  async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
    await context?.close();
    context = await browser.newContext(options);
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // A refused call is a line of the browser's own, and what the page makes of it is looked at.
      const isAnswer = /status of 4\d\d/.test(message.text());
      if (message.type() === 'error' && !isAnswer) complaints.push(message.text());
    });
  }

  async function show(hash: string): Promise<void> {
    await page.goto(`${stack.endpoint}/console/${hash}`);
    await page.waitForSelector('h1');
  }

  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const status = () => page.getByRole('status').allTextContents();

  /** Violations of accessibility, by all rules or those that are named; the tool is put in past the policy, which would refuse it. */
  async function violations(rules: object): Promise<string[]> {
    const session = await context.newCDPSession(page);
    await session.send('Page.setBypassCSP', { enabled: true });
    await page.reload();
    await page.waitForSelector('h1');
    // Outcomes are followed for as long as the screen is open.
    const isLoaded = '!document.querySelector(".spinner") || location.hash === "#/outcomes"';
    await page.waitForFunction(isLoaded);
    await page.evaluate(axe);
    const found = await page.evaluate(
      `axe.run(${JSON.stringify(rules)}).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target)))`,
    );
    await session.send('Page.setBypassCSP', { enabled: false });
    return found as string[];
  }

  it('is where a browser is led that opens the address', async () => {
    await page.goto(stack.endpoint);
    await eventually(() => page.url()).toBe(`${stack.endpoint}/console/`);
    const answer = await fetch(stack.endpoint);
    expect(await answer.text()).toContain('This is Recollect');
  });

  it('creates a collection, and deletes it when its name is typed', async () => {
    await show('#/collections');
    await page.getByLabel('New collection').fill('holiday');
    await page.keyboard.press('Enter');
    await button('Delete holiday').click();
    expect(await button('Delete it').isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await button('Delete holiday').click();
    await page.getByLabel('Type the name').fill('holiday');
    await button('Delete it').click();
    await eventually(() => button('Delete holiday').count()).toBe(0);
    const { CollectionIds } = await stack.rekognition.send(new ListCollectionsCommand({}));
    expect(CollectionIds).not.toContain('holiday');
  });

  it('says what is wrong in words, and keeps what was typed', async () => {
    await show('#/collections');
    await page.getByLabel('New collection').fill(SCRIPT);
    await button('Create').click();
    await eventually(async () => (await status()).join()).toContain('That did not work');
    expect(await page.getByLabel('New collection').inputValue()).toBe(SCRIPT);
  });

  it('looks at a photograph, indexes it, finds the face, and says the same for a shell', async () => {
    await stack.rekognition.send(new CreateCollectionCommand({ CollectionId: 'album' }));
    await show('#/try/album');
    await page.setInputFiles('input[type=file]', samplePath(1));
    await eventually(async () => (await status()).join()).toContain('3 faces found');
    expect(await page.locator('.box').count()).toBe(3);
    await page.locator('.box').nth(1).click();
    expect(await button(/^Face 2 /).getAttribute('aria-pressed')).toBe('true');
    await page.getByLabel('Name of the photograph').fill('party');
    await button('Index 1 photograph').click();
    await eventually(async () => (await status()).join()).toContain('3 faces of 1 photograph');
    await button('Search album').click();
    await eventually(async () => (await status()).join()).toContain('0 people and 1 face');
    await page.getByLabel('Similarity of at least').fill('99');
    expect(await page.getByText('1 in 1,000,000').count()).toBe(1);
    await page.getByText('as CLI').first().click();
    expect(await page.locator('pre').first().textContent()).toContain(
      `aws rekognition detect-faces --attributes ALL --endpoint-url ${stack.endpoint}`,
    );
    const { FaceCount } = await stack.rekognition.send(
      new DescribeCollectionCommand({ CollectionId: 'album' }),
    );
    expect(FaceCount).toBe(3);
    // The photograph was opened in this page, so its faces can be shown.
    await page.getByRole('link', { name: 'Faces' }).click();
    await eventually(() => page.locator('canvas.thumbnail').count()).toBe(3);
  }, 60_000);

  it('says that a file is no photograph', async () => {
    await show('#/try');
    await page.setInputFiles('input[type=file]', {
      name: `${SCRIPT}.jpg`,
      mimeType: 'image/jpeg',
      buffer: Buffer.from('no photograph'),
    });
    await eventually(async () => (await status()).join()).toContain('no JPEG or PNG');
    // The browser cannot show it either, and says so.
    complaints = complaints.filter((line) => !line.includes('blob:'));
  });

  describe('with people', () => {
    let ids: string[];

    beforeAll(async () => {
      const CollectionId = 'people';
      await stack.rekognition.send(new CreateCollectionCommand({ CollectionId }));
      const { FaceRecords = [] } = await stack.rekognition.send(
        new IndexFacesCommand({
          CollectionId,
          Image: { Bytes: await sample(1) },
          ExternalImageId: 'party',
        }),
      );
      ids = FaceRecords.map(({ Face }) => Face?.FaceId ?? '');
      for (const [i, UserId] of ['Ada_1', 'Grace_Hopper'].entries()) {
        await stack.rekognition.send(new CreateUserCommand({ CollectionId, UserId }));
        const FaceIds = [ids[i] ?? ''];
        await stack.rekognition.send(new AssociateFacesCommand({ CollectionId, UserId, FaceIds }));
      }
    }, 60_000);

    const userOf = async (faceId: string | undefined) => {
      const { Faces = [] } = await stack.rekognition.send(
        new ListFacesCommand({ CollectionId: 'people' }),
      );
      return Faces.find(({ FaceId }) => FaceId === faceId)?.UserId;
    };

    it('associates chosen faces, finds similar ones, and deletes', async () => {
      await show('#/faces/people');
      await page.getByRole('checkbox', { name: ids[2] ?? '' }).check();
      await button('Associate 1 face').click();
      await page.getByLabel('Person (UserId)').fill('Ada_2');
      await page.keyboard.press('Enter');
      await eventually(() => userOf(ids[2])).toBe('Ada_2');
      await button(`Similar to ${ids[0]}`).click();
      await eventually(async () => (await status()).join()).toMatch(/\d faces? with a similarity/);
      await page.keyboard.press('Escape');
      await page.getByRole('checkbox', { name: ids[2] ?? '' }).check();
      await button('Delete 1 face').click();
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      // A face that belongs to a person stays, and that is said.
      await eventually(async () => (await status()).join()).toMatch(/belong to people/);
    }, 60_000);

    it('merges two people, and takes it back', async () => {
      await show('#/people/people');
      await button('Ada_1').click();
      await button('Merge with').click();
      await page.getByLabel('The person who goes').fill('Grace_Hopper');
      await button(/^Merge Grace_Hopper into/).click();
      await eventually(() => userOf(ids[1])).toBe('Ada_1');
      await button('Undo').click();
      await eventually(() => userOf(ids[1])).toBe('Grace_Hopper');
      const { Users = [] } = await stack.rekognition.send(
        new ListUsersCommand({ CollectionId: 'people' }),
      );
      expect(Users.map(({ UserId }) => UserId)).toContain('Grace_Hopper');
    }, 60_000);

    it('ends a merge that a reload cut off', async () => {
      await show('#/people/people');
      await button('Grace_Hopper').click();
      await button('Merge with').click();
      await page.getByLabel('The person who goes').fill('Ada_2');
      await page.route('**/*', async (route) => {
        const target = route.request().headers()['x-amz-target'] ?? '';
        if (!target.endsWith('.MergeUsers')) return route.continue();
        // It arrives, and the answer does not.
        await route.fetch();
        return route.abort();
      });
      await button(/^Merge Ada_2 into/).click();
      await eventually(async () => (await status()).join()).toContain('does not answer');
      complaints = [];
      await page.unroute('**/*');
      await page.reload();
      await button('Undo').click();
      await eventually(() => userOf(ids[2])).toBe('Ada_2');
      await eventually(() => button('Undo').count()).toBe(0);
    }, 60_000);

    it('finds duplicates, and leaves what to do about them to people', async () => {
      const CollectionId = 'people';
      const Image = { Bytes: await sample(1) };
      // The same photograph under another name: each face is there twice.
      await stack.rekognition.send(
        new IndexFacesCommand({ CollectionId, Image, ExternalImageId: 'copy' }),
      );
      await show('#/duplicates/people');
      await button('Find duplicates').click();
      await eventually(async () => (await status()).join()).toMatch(
        /3 pairs with a similarity of 99/,
      );
      expect(await page.locator('.pair').count()).toBe(3);
      const other = page.locator('.pair').first().getByRole('button', { name: 'Delete' });
      await other.last().click();
      await eventually(async () => (await status()).join()).toMatch(/One face deleted|It stays/);
    }, 60_000);

    it('suggests who the faces without a name are', async () => {
      const CollectionId = 'strangers';
      await stack.rekognition.send(new CreateCollectionCommand({ CollectionId }));
      const Image = { Bytes: await sample(1) };
      for (const ExternalImageId of ['one', 'two']) {
        await stack.rekognition.send(
          new IndexFacesCommand({ CollectionId, Image, ExternalImageId }),
        );
      }
      await show('#/people/strangers');
      await button('Suggest people').click();
      await button(/^Name them/)
        .first()
        .click();
      await page.getByRole('dialog').getByLabel('Person (UserId)').fill('Hedy');
      await page.keyboard.press('Enter');
      await eventually(() => page.locator('.person', { hasText: 'Hedy' }).count()).toBe(1);
      const { Users = [] } = await stack.rekognition.send(new ListUsersCommand({ CollectionId }));
      expect(Users.map(({ UserId }) => UserId)).toEqual(['Hedy']);
    }, 60_000);

    it('shows receipts of deletions', async () => {
      const gone = { CollectionId: 'people', UserId: 'Nobody' };
      await stack.rekognition.send(new CreateUserCommand(gone));
      await stack.rekognition.send(new DeleteUserCommand(gone));
      await show('#/receipts/people');
      await eventually(() => page.getByText(/^Save [1-9]\d* receipts?$/).count()).toBe(1);
    });

    it('shows who did what', async () => {
      await show('#/audit');
      await page.getByLabel('Filter').fill('AssociateFaces');
      await eventually(() => page.locator('.face-row').count()).toBeGreaterThan(0);
      expect(await page.locator('.face-row').first().textContent()).toContain('200');
    });

    it.each([
      ['light', {}],
      // Nothing else changes with the colours.
      ['dark', { runOnly: ['color-contrast'] }],
    ] as const)(
      'is accessible in %s',
      async (colorScheme, rules) => {
        await open({ colorScheme });
        for (const screen of EVERY_SCREEN) {
          await show(`#/${screen}`);
          expect([screen, await violations(rules)]).toEqual([screen, []]);
        }
      },
      120_000,
    );

    it('fits a phone', async () => {
      await open({ viewport: { width: 360, height: 740 } });
      for (const screen of EVERY_SCREEN) {
        await show(`#/${screen}`);
        const overflow = 'document.documentElement.scrollWidth - innerWidth';
        expect([screen, await page.evaluate(overflow)]).toEqual([screen, 0]);
      }
    }, 60_000);
  });

  it('shows uploads as they are rejected, with names that are scripts', async () => {
    await show('#/outcomes');
    await stack.s3.send(
      new PutObjectCommand({
        Bucket: 'recollect-uploads',
        Key: `album/${SCRIPT}.jpg`,
        Body: 'no photograph',
      }),
    );
    await eventually(() => page.locator('tbody').textContent()).toContain(SCRIPT);
    expect(await page.locator('tbody').textContent()).toContain('rejected');
  }, 60_000);

  it('signs in with a key, and holds it in memory alone', async () => {
    const guarded = await startLocal({
      host: '127.0.0.1',
      port: 0,
      s3Port: 0,
      data: `${stack.data}-guarded`,
      foldAt: 20,
      auth: true,
    });
    try {
      const grant = {
        name: SCRIPT,
        operations: 'all',
        collections: '*',
        expires: undefined,
      } as const;
      const key = issueKey(grant, randomBytes, new Date());
      await guarded.keys?.create(key);
      await page.goto(`${guarded.endpoint}/console/#/keys`);
      await eventually(() => page.locator('main').textContent()).toContain(
        'asks for an access key',
      );
      await page.getByLabel('Access key id').fill(key.id);
      await page.getByLabel('Secret access key').fill('wrong');
      await button('Sign in').click();
      await eventually(async () => (await status()).join()).toContain('That did not work');
      await page.getByLabel('Secret access key').fill(key.secret);
      await button('Sign in').click();
      await eventually(() => page.locator('main').textContent()).toContain(
        `Signed in as ${key.id}`,
      );
      const kept =
        'JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}, location.href])';
      expect(await page.evaluate(kept)).not.toContain(key.secret);
      await page.reload();
      await eventually(() => page.locator('main').textContent()).toContain(
        'asks for an access key',
      );
    } finally {
      await guarded.close();
    }
  }, 60_000);

  it('scrolls ten thousand faces with a few rows in the page', async () => {
    await page.route(`${stack.endpoint}/`, async (route) => {
      const { NextToken = '0', MaxResults } = route.request().postDataJSON();
      const from = Number(NextToken);
      const Faces = Array.from({ length: MaxResults }, (_, i) => ({
        FaceId: `face-${from + i}`,
        ExternalImageId: `name-${from + i}`,
      }));
      const next = from + MaxResults < 10_000 ? { NextToken: String(from + MaxResults) } : {};
      const target = route.request().headers()['x-amz-target'] ?? '';
      return target.endsWith('ListFaces')
        ? route.fulfill({ json: { Faces, ...next } })
        : route.continue();
    });
    await show('#/faces/album');
    const scroller = page.locator('.scroller');
    await eventually(async () => {
      await scroller.evaluate((element: { scrollTop: number; scrollHeight: number }) => {
        element.scrollTop = element.scrollHeight;
      });
      return scroller.textContent();
    }).toContain('name-9999');
    expect(await page.locator('.face-row').count()).toBeLessThan(40);
  }, 60_000);
});
