/** Adds a face model: finds the file, verifies it, looks at what it is, tries it out, and installs it. */
import { copyFile, mkdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  BUILT_IN_ENTRIES,
  type Convention,
  type FaceModelEntry,
} from '../../../layers/inference/index.ts';
import { type Checked, check, LEAST_SEPARATION } from '../../models/check.ts';
import { download, megabytes, verify } from '../../models/download.ts';
import { inspect, NetworkError } from '../../models/inspect.ts';
import {
  type InstalledModel,
  install,
  modelsFolder,
  NETWORK,
  readInstalled,
  sha256Of,
} from '../../models/installed.ts';
import { conventionProblems, type Recipe, readRecipe } from '../../models/recipe.ts';
import { RECIPES } from '../../models/recipes.ts';
import { sampleFaces } from '../../models/sample-faces.ts';
import { Failure, type Surroundings, UsageError, withProgress } from '../cli/index.ts';

export interface AddOptions {
  readonly data: string;
  readonly name: string | undefined;
  readonly 'accept-licence': string | undefined;
  readonly licence: string | undefined;
  readonly sha256: string | undefined;
  readonly input: string | undefined;
  readonly output: string | undefined;
  readonly layout: string | undefined;
  readonly channels: string | undefined;
  readonly mean: number | undefined;
  readonly scale: number | undefined;
  readonly side: number | undefined;
  readonly force: boolean;
}

interface Request {
  readonly operands: readonly string[];
  readonly options: AddOptions;
}

const isUrl = (text: string) => /^https?:\/\//.test(text);

/** @throws UsageError, RecipeError, DownloadError, NetworkError, Failure; then nothing is installed */
export async function add(request: Request, surroundings: Surroundings): Promise<undefined> {
  const { options } = request;
  const { print } = surroundings;
  const { recipe, source } = await understand(request);
  const version = options.name ?? recipe.version;
  await refuseTaken(options.data, version);
  refuseLicence(recipe, options['accept-licence']);
  const expected = { bytes: recipe.bytes, sha256: options.sha256?.toLowerCase() ?? recipe.sha256 };
  const file = await obtain(source, expected, options.data, surroundings);
  try {
    const sha256 = await sha256Of(file);
    if (expected.sha256 === undefined) {
      print(
        `Nobody said what the file should be; from now on it must be the one with the SHA-256\n  ${sha256}`,
      );
    }
    const stated = { ...recipe.convention, ...flags(options) };
    const { convention, dimension } = await inspect(file, stated);
    const { size: bytes } = await stat(file);
    const entry = { version, dimension, embedder: { file, bytes, sha256, convention } };
    const checked = await tryOut(entry, surroundings);
    for (const line of describe(entry, checked)) print(line);
    refuseWrong(checked, options.force);
    const model: InstalledModel = {
      ...entry,
      embedder: { ...entry.embedder, file: NETWORK },
      licence: recipe.licence,
      origin: source,
      millisecondsPerFace: Math.round(checked.millisecondsPerFace * 10) / 10,
    };
    await install(options.data, model, file);
  } finally {
    await rm(file, { force: true });
  }
  print(
    `The face model ${version} is installed. Before collections can have it, it needs a calibration:\n  recollect models calibrate ${version} <folder of people>`,
  );
}

/** @throws Failure where there is no such face model */
export async function checkInstalled(
  version: string,
  { data }: { readonly data: string },
  surroundings: Surroundings,
): Promise<number> {
  const model = (await readInstalled(data)).find((each) => each.version === version);
  const file = path.resolve(modelsFolder(data), version, NETWORK);
  const entry =
    (model && { ...model, embedder: { ...model.embedder, file } }) ??
    BUILT_IN_ENTRIES.find((each) => each.version === version);
  if (entry === undefined) {
    throw new Failure(
      `There is no face model ${version}; recollect models list shows what there is.`,
    );
  }
  if (model) await verify(file, model.embedder, file);
  const checked = await tryOut(entry, surroundings);
  for (const line of describe(entry, checked)) surroundings.print(line);
  return problemOf(checked) === undefined ? 0 : 1;
}

function tryOut(entry: FaceModelEntry, surroundings: Surroundings): Promise<Checked> {
  let stage = 'Looking for faces on sample photographs';
  return withProgress(
    surroundings,
    () => `Trying out ${entry.version}: ${stage}`,
    async () =>
      check(entry, await sampleFaces(), (line) => {
        stage = line;
      }),
  );
}

/** The recipe that is meant, and where the file is. */
async function understand({
  operands,
  options,
}: Request): Promise<{ recipe: Recipe; source: string }> {
  const [first = '', second] = operands;
  const problems = conventionProblems(flags(options));
  if (problems.length > 0) throw new UsageError(problems);
  const known =
    RECIPES.get(first) ??
    (first.endsWith('.json') ? readRecipe(await readFile(first, 'utf8'), first) : undefined);
  if (known === undefined) {
    if (second !== undefined || (!isUrl(first) && !/[./\\]/.test(first))) {
      throw new UsageError([
        `There is no recipe "${first}"; there are ${[...RECIPES.keys()].join(', ')}.`,
      ]);
    }
    const licence = { name: options.licence ?? 'not stated', commercial: true };
    const version = options.name ?? versionOf(first);
    return { recipe: { version, licence, convention: {} }, source: first };
  }
  const source = second ?? known.url;
  if (source === undefined) {
    throw new UsageError([
      `The recipe ${first} names no address (${known.licence.note}). Name the file: recollect models add ${first} FILE`,
    ]);
  }
  return { recipe: known, source };
}

function versionOf(source: string): string {
  const name = path.basename(isUrl(source) ? new URL(source).pathname : source);
  const version = name
    .replace(/\.onnx$/i, '')
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 16);
  if (version === '') throw new UsageError([`What is the model to be called? Say so with --name.`]);
  return version;
}

function flags(options: AddOptions): Partial<Convention> {
  const names = ['input', 'output', 'layout', 'channels', 'mean', 'scale', 'side'] as const;
  return Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  ) as Partial<Convention>;
}

async function refuseTaken(data: string, version: string): Promise<void> {
  const taken = [...BUILT_IN_ENTRIES, ...(await readInstalled(data))].some(
    (entry) => entry.version === version,
  );
  if (taken) {
    throw new Failure(
      `There is a face model ${version} already. Give this one another name with --name, or remove that one first.`,
    );
  }
}

function refuseLicence({ licence }: Recipe, accepted: string | undefined): void {
  if (licence.commercial || accepted === licence.name) return;
  throw new Failure(
    `The licence ${licence.name} does not let you use this model for business${licence.note ? ` (${licence.note})` : ''}. If that suits you, accept it by name: --accept-licence ${licence.name}`,
  );
}

/** @returns a file of our own, in the data folder */
async function obtain(
  source: string,
  expected: { readonly bytes: number | undefined; readonly sha256: string | undefined },
  data: string,
  surroundings: Surroundings,
): Promise<string> {
  const folder = path.join(modelsFolder(data), '.downloads');
  if (isUrl(source)) {
    let state = '';
    const signal = surroundings.interruption();
    return withProgress(
      surroundings,
      () => `Downloading ${source}${state}`,
      () =>
        download({
          url: source,
          folder,
          signal,
          ...expected,
          report: (done, total) => {
            const share = total === undefined ? '' : ` of ${megabytes(total)}`;
            state = `, ${megabytes(done)}${share}`;
          },
        }),
    );
  }
  const { size } = await stat(source);
  await verify(source, expected, source);
  await mkdir(folder, { recursive: true });
  const copy = path.join(folder, `${process.pid}-${size}.onnx`);
  await copyFile(source, copy);
  return copy;
}

function describe({ dimension, embedder }: FaceModelEntry, checked: Checked): string[] {
  const { input, output, layout, channels, mean, scale, side, batch } = embedder.convention;
  const problem = problemOf(checked);
  return [
    `It takes ${side} x ${side} ${channels} pixels as "${input}" (${layout}, (value - ${mean}) / ${scale}, ${batch === 'any' ? 'any number' : batch} at once) and gives ${dimension} numbers as "${output}".`,
    `The same twice: ${checked.isDeterministic ? 'yes' : 'NO'}. A face and its mirror image: cosine ${checked.mirror.toFixed(3)}.`,
    `One man's photographs have cosines of ${checked.leastSame.toFixed(3)} and more, strangers ${checked.mostDifferent.toFixed(3)} and less; the two are ${checked.separation.toFixed(1)} standard deviations apart.`,
    `${checked.millisecondsPerFace.toFixed(0)} ms a face, ${checked.megabytes.toFixed(0)} MB of memory.`,
    ...(problem ? [problem] : []),
  ];
}

/** @returns what is wrong with how the network is fed, in a sentence */
function problemOf({ isDeterministic, separation, better }: Checked): string | undefined {
  if (better !== undefined) {
    const { channels, mean, scale } = better.convention;
    return `It is fed wrongly: with --channels ${channels} --mean ${mean} --scale ${scale} the two are ${better.separation.toFixed(1)} standard deviations apart.`;
  }
  if (separation < LEAST_SEPARATION) {
    return 'It does not tell one man from eleven women: it is no embedder of faces, or it wants faces cut out otherwise.';
  }
  if (!isDeterministic) return 'It gives another vector for the same face each time.';
  return undefined;
}

function refuseWrong(checked: Checked, force: boolean): void {
  const problem = problemOf(checked);
  if (problem === undefined || force) return;
  throw new NetworkError(`${problem} Nothing is installed; --force would install it all the same.`);
}
