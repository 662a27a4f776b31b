/**
 * Where the face models that an owner added go on AWS: into the layer as long as all of it stays within what Lambda
 * takes, else into a bucket of the stack; and what each means for memory, cold starts and the bill. Pure.
 */
import type { FaceModelEntry } from '../../layers/inference/index.ts';
import type { InstalledModel } from '../models/installed.ts';

/** Layers and code of a function, unzipped. */
const LARGEST_FUNCTION = 250 * 1024 * 1024;
/** For the code, and for what a later version of a package may need. */
const MARGIN = 10 * 1024 * 1024;

export interface PlacedModel {
  readonly model: InstalledModel;
  /** As the functions know it. */
  readonly entry: FaceModelEntry;
  readonly place: 'layer' | 'bucket';
  /** The name of the file in the layer, or the key of the object. */
  readonly name: string;
}

/** @param layerBytes of the layer without them */
export function place(models: readonly InstalledModel[], layerBytes: number): PlacedModel[] {
  let room = LARGEST_FUNCTION - MARGIN - layerBytes;
  // The small ones first, so that as many as possible need no bucket.
  return models
    .toSorted((a, b) => a.embedder.bytes - b.embedder.bytes)
    .map((model): PlacedModel => {
      const { version, dimension, calibration, embedder } = model;
      const fits = embedder.bytes <= room;
      if (fits) room -= embedder.bytes;
      const name = fits ? `${version}.onnx` : `${embedder.sha256}.onnx`;
      const file = fits ? name : `s3:${name}`;
      return {
        model,
        entry: { version, dimension, calibration, embedder: { ...embedder, file } },
        place: fits ? 'layer' : 'bucket',
        name,
      };
    });
}

const MEGABYTE = 1024 * 1024;
/** What the runtime takes of a network beside its bytes: it packs the weights anew. */
const COPIES = { layer: 1.2, bucket: 2.2 } as const;
const STEP = 64;
const LARGEST_MEMORY = 10_240;

/** MB of a function that runs models, with room for the largest of the added ones. */
export function memoryFor(configured: number, placed: readonly PlacedModel[]): number {
  const more = placed.map(({ model, place }) => (model.embedder.bytes / MEGABYTE) * COPIES[place]);
  const needed = configured + Math.max(0, ...more);
  return Math.min(
    LARGEST_MEMORY,
    placed.length === 0 ? configured : Math.ceil(needed / STEP) * STEP,
  );
}

/** MB/s that S3 gives one function at the least, and that onnxruntime makes a session at. */
const [FROM_S3, LOADED] = [60, 400];
/** Dollars for a GB-second of Lambda, by processor, in us-east-1. */
const PRICE = { arm64: 0.0000133334, x64: 0.0000166667 } as const;
/** Milliseconds of an IndexFaces without the embedder, and of a cold start without added models. */
const [REST, START] = [90, 1500];

/** What to expect of a model, in a sentence. Estimates, but for the sizes. */
export function expectation(
  { model, place }: PlacedModel,
  memory: number,
  architecture: keyof typeof PRICE,
): string {
  const { version, embedder, millisecondsPerFace } = model;
  const size = embedder.bytes / 1e6;
  const loading = (place === 'bucket' ? size / FROM_S3 : 0) + size / LOADED;
  const seconds = START / 1000 + loading;
  const perImage = (REST + (millisecondsPerFace ?? 0)) / 1000;
  const price = (memory / 1024) * perImage * PRICE[architecture] * 1000;
  const where = place === 'bucket' ? 'in the bucket of the stack' : 'in the layer';
  return `Face model ${version}: ${size.toFixed(0)} MB, ${where}; functions that run models have ${memory} MB, a cold start takes about ${seconds.toFixed(1)} s, and 1,000 photographs of one face cost about ${(price * 100).toFixed(1)} cents.`;
}
