/**
 * Web pages against the service on the same machine, in a real browser: a form, a fetch, a name that was made
 * to point here. Needs Chromium (`apt-get install chromium`, or its path in CHROMIUM); is skipped without.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalStack, startLocal } from '../../infra/local/stack.ts';
import { CHROMIUM, withChromium } from '../support/chromium.ts';

describe.skipIf(CHROMIUM === undefined)(withChromium('web pages'), () => {
  let browser: Browser;
  let pages: Server;
  let data: string;
  let stack: LocalStack;
  /** Of the pages that nobody asked in, and of those that were. */
  let evil: string;
  let friend: string;

  beforeAll(async () => {
    pages = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>A page</title>');
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    const { port } = pages.address() as AddressInfo;
    evil = `http://evil.example:${port}`;
    friend = `http://friend.example:${port}`;
    data = await mkdtemp(path.join(tmpdir(), 'recollect-pages-'));
    stack = await startLocal({
      host: '127.0.0.1',
      port: 0,
      s3Port: 0,
      data,
      foldAt: 20,
      corsOrigins: [friend],
    });
    browser = await chromium.launch({
      executablePath: CHROMIUM ?? '',
      args: ['--no-sandbox', '--host-resolver-rules=MAP *.example 127.0.0.1'],
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await stack?.close();
    pages?.close();
    await rm(data, { recursive: true, force: true });
  });

  async function collections(): Promise<string[]> {
    const url = `${stack.endpoint}/ListCollections`;
    const answer = await fetch(url, { method: 'POST', body: '{}' });
    return ((await answer.json()) as { CollectionIds: string[] }).CollectionIds;
  }

  async function create(id: string): Promise<void> {
    const body = JSON.stringify({ CollectionId: id });
    await fetch(`${stack.endpoint}/CreateCollection`, { method: 'POST', body });
  }

  async function open(url: string): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(url);
    return page;
  }

  /** What a fetch of a page gets: status and text, or that the browser refused. */
  const fetched = (page: Page, url: string, init: RequestInit): Promise<string> =>
    page.evaluate(
      async ([to, how]) => {
        try {
          const answer = await fetch(to, how);
          return `${answer.status} ${await answer.text()}`;
        } catch (error) {
          return `refused: ${error}`;
        }
      },
      [url, init] as const,
    );

  it('cannot delete a collection with a form', async () => {
    await create('family');
    const page = await open(evil);
    await page.setContent(`
      <form method="POST" action="${stack.endpoint}/DeleteCollection" enctype="text/plain">
        <input name='{"CollectionId":"family","x":"' value='"}'><button>A prize</button>
      </form>`);
    await page.click('button');
    await page.waitForLoadState();
    await expect.poll(() => page.url()).toContain('DeleteCollection');
    expect(await page.content()).toContain('AccessDeniedException');
    expect(await collections()).toContain('family');
    await page.close();
  });

  it('cannot delete a collection with a fetch, nor read', async () => {
    await create('family');
    const page = await open(evil);
    const body = '{"CollectionId":"family"}';
    const url = `${stack.endpoint}/DeleteCollection`;
    await fetched(page, url, { method: 'POST', mode: 'no-cors', body });
    expect(await fetched(page, url, { method: 'POST', body })).toMatch(/^refused/);
    const list = `${stack.endpoint}/ListCollections`;
    expect(await fetched(page, list, { method: 'POST', body: '{}' })).toMatch(/^refused/);
    const bucket = `${stack.s3Endpoint}/forged?AWSAccessKeyId=a&Expires=99999999999&Signature=a`;
    await fetched(page, bucket, { method: 'PUT', mode: 'no-cors' });
    expect(await collections()).toContain('family');
    await page.close();
  });

  it('cannot read through a name that was made to point here', async () => {
    const { port } = new URL(stack.endpoint);
    const page = await browser.newPage();
    const answer = await page.goto(`http://rebound.example:${port}/`);
    expect(answer?.status()).toBe(421);
    const init = { method: 'POST', body: '{}' };
    expect(await fetched(page, '/ListCollections', init)).toMatch(/^421 /);
    await page.close();
  });

  it('can be let in', async () => {
    await create('family');
    const page = await open(friend);
    const init = {
      method: 'POST',
      body: '{}',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'RekognitionService.ListCollections',
      },
    };
    expect(await fetched(page, `${stack.endpoint}/`, init)).toMatch(/^200 .*family/);
    await page.close();
  });

  it('may show the address to whoever follows a link', async () => {
    const page = await open(evil);
    await page.setContent(`<a href="${stack.endpoint}/">there</a>`);
    await page.click('a');
    await expect.poll(() => page.url()).toBe(`${stack.endpoint}/console/`);
    await page.close();
  });
});
