/** A thread that runs inference; inference-threads.ts starts it. */
import { parentPort, workerData } from 'node:worker_threads';
import { FaceModels, Inference, serveInference } from '../../layers/inference/index.ts';
import { installedLoader } from '../models/installed.ts';
import type { InferenceThreadSettings } from './inference-threads.ts';
import { yieldProcessor } from './yield-processor.ts';

yieldProcessor();

const { models, faceModels: entries, defaultFaceModel } = workerData as InferenceThreadSettings;
const faceModels = new FaceModels(entries, defaultFaceModel);

if (parentPort !== null) {
  serveInference(
    parentPort,
    new Inference({ models, threads: 1, faceModels, load: installedLoader(faceModels) }),
  );
}
