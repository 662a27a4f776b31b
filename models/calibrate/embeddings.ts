/**
 * The embedding of each photograph of a folder of people, kept in `.cache/embeddings` under everything that it
 * follows from: the photograph's bytes, the code of the pipeline, and the files of its models. So a second run
 * costs seconds, and one that was interrupted goes on.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Box, Embedding, FaceModelEntry, Inference } from '../../layers/inference/index.ts';
import type { Photograph } from './people.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PIPELINE = path.join(ROOT, 'layers/inference');
const MODELS = path.join(ROOT, 'models');

/** Code that says what embeddings mean, and changes none. */
const JUDGING = new Set([
  'calibration.ts',
  'face-model.ts',
  'index.ts',
  'quality-filter.ts',
  'similarity-scale.ts',
  'user-vector.ts',
]);

/** How old and of what gender a face looks, for telling groups apart. */
export interface Look {
  readonly age: number;
  readonly isFemale: boolean;
}

export interface EmbeddedPhotograph extends Photograph {
  /** Undefined where no face was found. */
  readonly embedding: Embedding | undefined;
  /** Only where it was asked for. */
  readonly look?: Look | undefined;
}

export interface EmbeddingOptions {
  readonly folder: string;
  readonly photographs: readonly Photograph[];
  readonly inference: Inference;
  /** The version of the face model, and the SHA-256 of its file. */
  readonly model: FaceModelEntry;
  readonly looks?: boolean;
  readonly report?: (done: number) => void;
}

/** @returns the photographs in the order given; of several faces, the one nearest to the centre counts */
export async function embedPhotographs(options: EmbeddingOptions): Promise<EmbeddedPhotograph[]> {
  const { folder, photographs, inference, model, looks = false, report } = options;
  const cache = await Cache.open(await cacheKey(model, looks));
  const results: EmbeddedPhotograph[] = [];
  for (const [index, photograph] of photographs.entries()) {
    const bytes = await readFile(path.join(folder, photograph.file));
    const digest = sha256(bytes);
    const known = cache.get(digest) ?? (await look(inference, bytes, model.version, looks));
    await cache.put(digest, known);
    results.push({ ...photograph, ...known });
    report?.(index + 1);
  }
  return results;
}

type Seen = Omit<EmbeddedPhotograph, keyof Photograph>;

async function look(
  inference: Inference,
  bytes: Uint8Array,
  version: string,
  looks: boolean,
): Promise<Seen> {
  const picture = await inference.read(bytes);
  const faces = await inference.findFaces(picture);
  const [central] = faces.toSorted((a, b) => offCentre(a.box) - offCentre(b.box));
  if (central === undefined) return { embedding: undefined };
  const [embedding] = await inference.embed(picture, [central], version);
  if (!looks) return { embedding };
  const wanted = new Set(['AGE_RANGE', 'GENDER'] as const);
  const [judged] = await inference.describe(picture, [central], wanted);
  const { ageRange, gender } = judged!;
  const age = (ageRange!.low + ageRange!.high) / 2;
  return { embedding, look: { age, isFemale: gender!.value === 'Female' } };
}

function offCentre({ left, top, width, height }: Box): number {
  return Math.hypot(left + width / 2 - 0.5, top + height / 2 - 0.5);
}

/** Of the code and the models that an embedding follows from. */
async function cacheKey({ embedder }: FaceModelEntry, looks: boolean): Promise<string> {
  const { sha256: network, convention } = embedder;
  const hash = createHash('sha256').update(JSON.stringify({ network, convention, looks }));
  const sources = (await readdir(PIPELINE, { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !JUDGING.has(file),
  );
  const models = (await readdir(MODELS)).filter((file) => /\.onnx$|^attributes\.json$/.test(file));
  for (const file of sources.sort()) hash.update(await readFile(path.join(PIPELINE, file)));
  for (const file of models.sort()) hash.update(await readFile(path.join(MODELS, file)));
  return hash.digest('hex').slice(0, 16);
}

interface Line {
  readonly digest: string;
  /** Float32, base64. */
  readonly vector?: string;
  readonly norm?: number;
  readonly symmetry?: number;
  readonly look?: Look | undefined;
}

class Cache {
  readonly #file: string;
  readonly #known: Map<string, Seen>;

  private constructor(file: string, known: Map<string, Seen>) {
    this.#file = file;
    this.#known = known;
  }

  static async open(key: string): Promise<Cache> {
    const file = path.join(ROOT, '.cache/embeddings', `${key}.jsonl`);
    await mkdir(path.dirname(file), { recursive: true });
    const known = new Map<string, Seen>();
    if (existsSync(file)) {
      for await (const text of createInterface({ input: createReadStream(file) })) {
        const line = parse(text);
        if (line) known.set(line.digest, decode(line));
      }
    }
    return new Cache(file, known);
  }

  get(digest: string): Seen | undefined {
    return this.#known.get(digest);
  }

  async put(digest: string, seen: Seen): Promise<void> {
    if (this.#known.has(digest)) return;
    this.#known.set(digest, seen);
    await appendFile(this.#file, `${JSON.stringify(encode(digest, seen))}\n`);
  }
}

function encode(digest: string, { embedding, look }: Seen): Line {
  if (embedding === undefined) return { digest };
  const { vector, norm, symmetry } = embedding;
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return { digest, vector: bytes.toString('base64'), norm, symmetry, look };
}

function decode({ vector, norm = 0, symmetry = 0, look }: Line): Seen {
  if (vector === undefined) return { embedding: undefined };
  const bytes = Buffer.from(vector, 'base64');
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  return { embedding: { vector: values, norm, symmetry }, look };
}

/** @returns nothing for a line that was cut off when a run was killed */
function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
