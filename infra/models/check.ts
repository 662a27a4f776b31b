/**
 * Whether an embedder is fed as it wants to be: it must give the same twice, much the same for a face and its mirror
 * image, and tell one man from eleven women. It is also tried with other channel orders and scales, and when one of
 * them tells people apart clearly better, that one is proposed.
 */
import {
  BUILT_IN_ENTRIES,
  type Convention,
  DEFAULT_FACE_MODEL,
  EmbeddingError,
  type FaceModelEntry,
  FaceModels,
  Inference,
} from '../../layers/inference/index.ts';
import { dot } from '../../models/calibrate/scores.ts';
import { NetworkError } from './inspect.ts';
import { MODELS, type Sample, type SampleFaces } from './sample-faces.ts';

export interface Checked {
  readonly isDeterministic: boolean;
  /** Median cosine of a face and its mirror image. */
  readonly mirror: number;
  /** The lowest cosine of two photographs of one man, and the highest of two strangers. */
  readonly leastSame: number;
  readonly mostDifferent: number;
  /** How far the two distributions are apart, in standard deviations. */
  readonly separation: number;
  /** The network's own, of a face with its mirror image, one thread. */
  readonly millisecondsPerFace: number;
  /** By which the process grew. */
  readonly megabytes: number;
  /** A convention under which the separation is clearly better. */
  readonly better?: { readonly convention: Convention; readonly separation: number };
}

/** Scales in use, as mean and divisor: raw values, -1..1 (as about all others), and 0..1. */
const SCALES = [
  [0, 1],
  [127.5, 127.5],
  [0, 255],
] as const;

/** By how much a convention must be better to be proposed: fits differ by a few per cent by chance. */
const CLEARLY = 1.06;
/** Under this nothing is told apart by anybody. */
export const LEAST_SEPARATION = 2.5;

/** @throws NetworkError when the network gives what is no vector */
export async function check(
  entry: FaceModelEntry,
  samples: SampleFaces,
  report: (line: string) => void,
): Promise<Checked> {
  const { convention } = entry.embedder;
  const others = [...variants(convention)].map((variant, i) => ({
    ...entry,
    version: `${entry.version} ${i}`,
    embedder: { ...entry.embedder, convention: variant },
  }));
  let elapsed = 0;
  const before = process.memoryUsage.rss();
  // Sessions go by the file: the variants take the network that the first has loaded.
  const inference = opened([entry, ...others], (file, milliseconds) => {
    if (file === entry.embedder.file) elapsed += milliseconds;
  });
  try {
    report('As the recipe says');
    const first = await embed(inference, entry, samples);
    const millisecondsPerFace =
      elapsed / (samples.same.faces.length + samples.different.faces.length);
    const megabytes = Math.max(0, process.memoryUsage.rss() - before) / 1e6;
    const again = await embedAfresh(entry, samples.same);
    const separation = separationOf(first);
    let better: Checked['better'];
    for (const other of others) {
      const { convention: variant } = other.embedder;
      report(`${variant.channels}, (value - ${variant.mean}) / ${variant.scale}`);
      const theirs = await tryOut(inference, other, samples);
      if (theirs > CLEARLY * Math.max(separation, better?.separation ?? 0)) {
        better = { convention: variant, separation: theirs };
      }
    }
    const { same, different } = cosines(first);
    return {
      isDeterministic: again.every((v, i) => v.every((x, k) => x === first.same[i]![k])),
      mirror: first.symmetries.toSorted((a, b) => a - b)[first.symmetries.length >> 1]!,
      leastSame: Math.min(...same),
      mostDifferent: Math.max(...different),
      separation,
      millisecondsPerFace,
      megabytes,
      ...(better && { better }),
    };
  } finally {
    await inference.close();
  }
}

/** The vectors of a sample by a network that is loaded once more. */
async function embedAfresh(
  entry: FaceModelEntry,
  { picture, faces }: Sample,
): Promise<Float32Array[]> {
  const inference = opened([entry]);
  try {
    return (await inference.embed(picture, faces, entry.version)).map(({ vector }) => vector);
  } finally {
    await inference.close();
  }
}

/** A convention may make a network give nothing at all; then it tells nobody apart. */
async function tryOut(
  inference: Inference,
  entry: FaceModelEntry,
  samples: SampleFaces,
): Promise<number> {
  try {
    return separationOf(await embed(inference, entry, samples));
  } catch (error) {
    if (error instanceof NetworkError) return 0;
    throw error;
  }
}

interface Embedded {
  readonly same: readonly Float32Array[];
  readonly different: readonly Float32Array[];
  readonly symmetries: readonly number[];
}

/** Face models of one network, to be tried with the networks that find faces. */
function opened(
  entries: readonly [FaceModelEntry, ...FaceModelEntry[]],
  observe: (file: string, milliseconds: number) => void = () => undefined,
): Inference {
  const [{ version, embedder }] = entries;
  const faceModels = new FaceModels(
    [...BUILT_IN_ENTRIES.filter((builtIn) => builtIn.version !== version), ...entries],
    known(version),
  );
  return new Inference({
    models: MODELS,
    threads: 1,
    faceModels,
    observe,
    load: async (file) => (file === embedder.file && file.startsWith('/') ? file : undefined),
  });
}

async function embed(
  inference: Inference,
  { version }: FaceModelEntry,
  { same, different }: SampleFaces,
): Promise<Embedded> {
  try {
    const of = ({ picture, faces }: Sample) => inference.embed(picture, faces, version);
    const [a, b] = [await of(same), await of(different)];
    const all = [...a, ...b];
    return {
      same: a.map(({ vector }) => vector),
      different: b.map(({ vector }) => vector),
      symmetries: all.map(({ symmetry }) => symmetry),
    };
  } catch (error) {
    if (!(error instanceof EmbeddingError)) throw error;
    throw new NetworkError(
      'The network gives vectors that are not finite, or of length zero, for real faces: the file is damaged, or it wants other numbers. Nothing is installed.',
      { cause: error },
    );
  }
}

/** The default of a set that only has to embed. */
function known(version: string): string {
  return version === DEFAULT_FACE_MODEL ? version : DEFAULT_FACE_MODEL;
}

function* variants(convention: Convention): Generator<Convention> {
  for (const channels of ['RGB', 'BGR'] as const) {
    for (const [mean, scale] of SCALES) {
      const isGiven =
        channels === convention.channels &&
        mean === convention.mean &&
        // 127.5 and 128 are the same to a network.
        Math.abs(scale - convention.scale) < 1;
      if (!isGiven) yield { ...convention, channels, mean, scale };
    }
  }
}

/** Pairs of one man, and pairs of two people: the man and each woman, and each two women. */
function cosines({ same, different }: Embedded) {
  const pairs = (list: readonly Float32Array[]) =>
    list.flatMap((a, i) => list.slice(i + 1).map((b) => dot(a, b)));
  return {
    same: pairs(same),
    different: [...pairs(different), ...same.flatMap((a) => different.map((b) => dot(a, b)))],
  };
}

/** The difference of the means over the standard deviation of both (d prime). */
function separationOf(embedded: Embedded): number {
  const { same, different } = cosines(embedded);
  const [a, b] = [moments(same), moments(different)];
  const spread = Math.sqrt((a.variance + b.variance) / 2);
  return spread > 0 ? (a.mean - b.mean) / spread : 0;
}

function moments(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}
