/** Loading: late, once, and again after a failure. */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { InferenceSession } from 'onnxruntime-node';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Sessions } from '../../layers/inference/sessions.ts';

const MODELS = path.join(import.meta.dirname, '../../models');
const FACE = { data: new Float32Array(3 * 112 * 112), shape: [1, 3, 112, 112] };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sessions-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

test('concurrent first calls load a model once, with the threads asked for', async () => {
  const create = vi.spyOn(InferenceSession, 'create');
  const sessions = new Sessions(MODELS, 1);
  const run = () => sessions.run('mobilefacenet.onnx', 'face', FACE);
  const outputs = await Promise.all([run(), run(), run()]);
  await run();
  expect(create).toHaveBeenCalledTimes(1);
  expect(create.mock.calls[0]?.[1]).toMatchObject({ intraOpNumThreads: 1 });
  for (const output of outputs) expect(output('embedding')).toHaveLength(192);
  await sessions.close();
});

test('a load that failed is tried again', async () => {
  const sessions = new Sessions(folder, 1);
  const run = () => sessions.run('mobilefacenet.onnx', 'face', FACE);
  await expect(run()).rejects.toThrow(/mobilefacenet/);
  await copyFile(path.join(MODELS, 'mobilefacenet.onnx'), path.join(folder, 'mobilefacenet.onnx'));
  expect((await run())('embedding')).toHaveLength(192);
  await sessions.close();
});

test('importing the layer loads neither sharp nor onnxruntime', async () => {
  const index = path.join(import.meta.dirname, '../../layers/inference/index.ts');
  const script = `
    import { faceModel } from ${JSON.stringify(index)};
    const native = () => process.report.getReport().sharedObjects.filter((file) => /sharp|onnx/.test(file));
    console.log(JSON.stringify({ similarity: faceModel('1.0').similarity(1), before: native().length }));
    await import('sharp');
    await import('onnxruntime-node');
    console.log(native().length);
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { cwd: path.dirname(index) },
  );
  const [first, after] = stdout.trim().split('\n');
  expect(JSON.parse(first!)).toEqual({ similarity: 100, before: 0 });
  // Otherwise the line above would prove nothing.
  expect(Number(after)).toBeGreaterThan(0);
});
