/** What is no face model: each is refused in a sentence that says what to do next, and nothing is half installed. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { download } from '../../../infra/models/download.ts';
import { openFaceModels } from '../../../infra/models/installed.ts';
import { readRecipe } from '../../../infra/models/recipe.ts';
import { GraphBuilder } from '../../../models/build/onnx/graph-builder.ts';
import { ran } from '../../support/recollect.ts';
import { wrapped } from '../../support/wrapped-network.ts';

let data: string;
let server: Server;
let base: string;
let cutAfter: number | undefined;
const ranges: (string | undefined)[] = [];
let body: Buffer;
const HTML = '<!DOCTYPE html><html><body>Download</body></html>';

beforeAll(async () => {
  body = Buffer.from(await wrapped({}));
  server = createServer((request, response) => {
    if (request.url === '/page') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(HTML);
      return;
    }
    if (request.url === '/hidden-page.onnx') {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(HTML);
      return;
    }
    if (request.url !== '/model.onnx') {
      response.writeHead(404).end();
      return;
    }
    ranges.push(request.headers.range);
    const [, from = '0'] = /bytes=(\d+)-/.exec(request.headers.range ?? '') ?? [];
    const rest = body.subarray(Number(from));
    response.writeHead(from === '0' ? 200 : 206, { 'content-length': rest.length, etag: '"m1"' });
    if (cutAfter === undefined) response.end(rest);
    else response.write(rest.subarray(0, cutAfter), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});
beforeEach(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'recollect-bad-models-'));
  ranges.length = 0;
  cutAfter = undefined;
  return () => rm(data, { recursive: true, force: true });
});

const add = (...args: string[]) => ran(['models', 'add', ...args, '--data', data]);

async function nothingInstalled(): Promise<void> {
  const names = await readdir(path.join(data, 'models')).catch(() => []);
  expect(names.filter((name) => name !== '.downloads')).toEqual([]);
  const left = await readdir(path.join(data, 'models/.downloads')).catch(() => []);
  expect(left.filter((name) => name.endsWith('.onnx'))).toEqual([]);
}

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  const folder = path.join(data, 'files');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, name), bytes);
  return path.join(folder, name);
}

function graph(build: (graph: GraphBuilder, face: string) => void): Uint8Array {
  const builder = new GraphBuilder('bad');
  build(builder, builder.input('face', ['N', 3, 112, 112]));
  return builder.finish();
}

describe('models add refuses', () => {
  it.each<[string, () => Uint8Array | string | Promise<Uint8Array>, RegExp]>([
    ['what is not ONNX', () => 'These are no weights at all.', /is not ONNX.*Nothing is installed/],
    ['an empty file', () => '', /is not ONNX|cannot be loaded/],
    ['a page of HTML', () => HTML, /is a web page, not a network/],
    [
      'half of a file',
      async () => (await wrapped({})).subarray(0, 2_000_000),
      /is not ONNX, or only a part/,
    ],
    [
      'a network that sorts pictures into three kinds',
      () =>
        graph((g, face) => {
          const pooled = g.node('GlobalAveragePool', [face]);
          g.output('classes', ['N', 3, 1, 1], pooled);
        }),
      /is no embedder of faces: it gives classes \(3 numbers\), where a vector of 64 to 1024/,
    ],
    [
      'a network of two inputs',
      () =>
        graph((g, face) => {
          const other = g.input('mask', ['N', 3, 112, 112]);
          g.output('sum', ['N', 3, 112, 112], g.node('Add', [face, other]));
        }),
      /takes no single picture: its inputs are face .*mask/,
    ],
    [
      'an operator of nobody',
      () => wrapped({ operator: 'Frobnicate' }),
      /what the runtime does not know.*Frobnicate/,
    ],
    [
      'vectors that are not finite',
      () => wrapped({ times: Number.NaN }),
      /not finite, or of length zero/,
    ],
    ['vectors of length zero', () => wrapped({ times: 0 }), /not finite, or of length zero/],
  ])(
    '%s',
    async (_, bytes, message) => {
      const { code, said } = await add(await file('model.onnx', await bytes()), '--name', 'bad');
      expect(said).toMatch(message);
      expect(code).toBe(1);
      await nothingInstalled();
    },
    60_000,
  );

  it('an input, an output or a layout that the file does not have', async () => {
    const model = await file('model.onnx', await wrapped({}));
    expect((await add(model, '--input', 'pixels')).said).toMatch(/no input "pixels"; it has data/);
    expect((await add(model, '--output', 'fc1')).said).toMatch(/no output "fc1"; it has vector/);
    expect((await add(model, '--layout', 'NHWC')).said).toMatch(
      /channels in the layout NHWC, not 3. Is it NCHW/,
    );
    expect(await add(model, '--layout', 'WHCN')).toMatchObject({
      code: 2,
      said: expect.stringContaining('NCHW or NHWC'),
    });
    expect(await add(model, '--scale', '0')).toMatchObject({ code: 2 });
    await nothingInstalled();
  }, 300_000);

  it('another file than was promised', async () => {
    const { code, said } = await add(`${base}/model.onnx`, '--sha256', 'a'.repeat(64));
    expect(code).toBe(1);
    expect(said).toMatch(
      /SHA-256[\s\S]*a{64}[\s\S]*is another file, or was changed. Nothing is installed/,
    );
    await nothingInstalled();
    expect(await readdir(path.join(data, 'models/.downloads'))).not.toContainEqual(
      expect.stringMatching(/part$/),
    );
    const wrong = await file('arcface.onnx', await wrapped({}));
    expect((await add('arcface-r100', wrong)).said).toMatch(/has \d+ bytes, not 261036388/);
  });

  it('pages, and addresses where nothing is', async () => {
    expect((await add(`${base}/page`, '--name', 'page')).said).toMatch(
      /is a web page, not a file. Name the address/,
    );
    expect((await add(`${base}/hidden-page.onnx`)).said).toMatch(/is a web page, not a network/);
    expect((await add(`${base}/nothing.onnx`)).said).toMatch(/answers 404; is the address right/);
    expect((await add('http://127.0.0.1:9/model.onnx')).said).toMatch(
      /cannot be reached: .* Try again, or download it yourself/,
    );
    await nothingInstalled();
  });

  it('licences that were not accepted by name, before anything is read', async () => {
    const model = await file('w600k_r50.onnx', await wrapped({}));
    const { code, said } = await add('insightface-r50', model);
    expect(code).toBe(1);
    expect(said).toMatch(
      /does not let you use this model for business.*--accept-licence insightface-non-commercial/,
    );
    expect((await add('insightface-r50', model, '--accept-licence', 'MIT')).code).toBe(1);
    expect((await add('insightface-r50')).said).toMatch(
      /names no address.*recollect models add insightface-r50 FILE/,
    );
    await nothingInstalled();
  });

  it('recipes of nobody, and names that are taken', async () => {
    expect(await add('arcface-r1000')).toMatchObject({
      code: 2,
      said: expect.stringContaining('There is no recipe "arcface-r1000"; there are arcface-r100, '),
    });
    const model = await file('m.onnx', await wrapped({}));
    expect((await add(model, '--name', '1.0')).said).toMatch(/is a face model 1.0 already/);
    expect(await add(model, '--name', 'much-too-long-a-name')).toMatchObject({ code: 2 });
    expect((await add(path.join(data, 'none.onnx'))).said).toMatch(/none.onnx does not exist/);
    const recipe = await file('r.json', '{"version":"x","licence":{"name":"MIT"},"chanels":"BGR"}');
    expect((await add(recipe, model)).said).toMatch(/no member "chanels"[\s\S]*"licence" says/);
  });
});

describe('a download', () => {
  const options = () => ({ url: `${base}/model.onnx`, folder: path.join(data, 'parts') });

  it('that was interrupted goes on where it stopped', async () => {
    cutAfter = 1_000_000;
    await expect(download(options())).rejects.toThrow(/stopped after.*goes on where it stopped/);
    cutAfter = undefined;
    const complete = await download(options());
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
    expect(Number(/\d+/.exec(ranges[1]!)![0])).toBeGreaterThan(0);
    expect((await readFile(complete)).equals(body)).toBe(true);
  });

  it('is not begun where the disk has no room', async () => {
    const full = download({ ...options(), room: async () => 1000 });
    await expect(full).rejects.toThrow(/has no room for it: 5\.\d MB more are needed/);
    expect(await readdir(options().folder)).toEqual([]);
  });

  it('that is stopped by Ctrl-C says how to go on', async () => {
    const controller = new AbortController();
    const stopped = download({
      ...options(),
      signal: controller.signal,
      report: () => controller.abort(),
    });
    await expect(stopped).rejects.toThrow(/Interrupted. Do the same again/);
  });
});

describe('an installed model', () => {
  it('that was damaged is named when the service starts', async () => {
    await mkdir(path.join(data, 'models/odd'), { recursive: true });
    await writeFile(path.join(data, 'models/odd/face-model.json'), '{"version":"od');
    await expect(openFaceModels(data)).rejects.toThrow(
      /face model in .*odd is damaged.*add the model again/,
    );
    expect(await ran(['models', 'list', '--data', data])).toMatchObject({ code: 1 });
  });

  it('is not there while it is being added', async () => {
    await mkdir(path.join(data, 'models/.adding-1'), { recursive: true });
    expect((await openFaceModels(data)).entries).toHaveLength(1);
  });
});

it('a recipe says how everything is fed', () => {
  const text =
    '{"version":"mine","licence":{"name":"MIT","commercial":true},"convention":{"channels":"BGR","mean":0,"scale":255}}';
  expect(readRecipe(text, 'mine.json').convention).toEqual({
    channels: 'BGR',
    mean: 0,
    scale: 255,
  });
});
