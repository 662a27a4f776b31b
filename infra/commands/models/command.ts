/** `recollect models`: the face models of a data folder, those that Recollect brings and those that you add. */

import { VERSION_PATTERN } from '../../../layers/inference/index.ts';
import { command, DATA, flag, JSON_OUTPUT, type Option, STACK, text } from '../cli/index.ts';

const where = { data: DATA } as const;

const version = (missing: string) =>
  ({
    placeholder: 'VERSION',
    least: 1,
    most: 1,
    missing,
    problem: (name: string) =>
      VERSION_PATTERN.test(name)
        ? undefined
        : `"${name}" cannot be a face model: 1 to 16 letters, digits, dots and hyphens.`,
  }) as const;

/** A number that may be negative or broken. */
function decimal(placeholder: string, help: string): Option<number | undefined> {
  const written = text({
    placeholder,
    help,
    problem: (given) =>
      given.trim() !== '' && Number.isFinite(Number(given))
        ? undefined
        : `"${given}" is no number.`,
  });
  return {
    ...written,
    read: (given) => (given.length === 0 ? undefined : Number(given.at(-1))),
  };
}

export const modelsList = command({
  name: 'models list',
  summary: 'shows the face models there are, and the recipes for more',
  options: { ...where, json: JSON_OUTPUT },
  run: async ({ options }, surroundings) => {
    const { list } = await import('./list.ts');
    return list(options, surroundings);
  },
});

export const modelsAdd = command({
  name: 'models add',
  summary: 'adds a face model: by a recipe, from a file, or from the web',
  description:
    'RECIPE is a name that `recollect models list` shows, or a file of JSON. With a recipe, a file or an\naddress is needed only where the recipe names none. Without a recipe, say how the network is fed\nwhere it is not as usual: RGB, NCHW, (value - 127.5) / 127.5. The model is tried out on sample\nphotographs before it is installed, and needs a calibration before it is used: recollect models\ncalibrate.',
  operands: {
    placeholder: 'RECIPE|FILE|URL [FILE|URL]',
    least: 1,
    most: 2,
    missing: 'Say which model: a recipe of `recollect models list`, an ONNX file, or its address.',
  },
  options: {
    ...where,
    name: text({
      placeholder: 'VERSION',
      help: 'what collections will call it; the name of recipe or file without it',
      problem: (name) =>
        VERSION_PATTERN.test(name)
          ? undefined
          : `A name is 1 to 16 letters, digits, dots and hyphens, not "${name}".`,
    }),
    'accept-licence': text({
      placeholder: 'LICENCE',
      help: 'the licence by its name, where it forbids business',
    }),
    licence: text({
      placeholder: 'LICENCE',
      help: 'of a model without a recipe, for your records',
    }),
    sha256: text({
      placeholder: 'HEX',
      help: 'what the file must be',
      problem: (hex) => (/^[0-9a-f]{64}$/i.test(hex) ? undefined : 'A SHA-256 is 64 hex digits.'),
    }),
    input: text({ placeholder: 'NAME', help: 'the input that takes faces' }),
    output: text({ placeholder: 'NAME', help: 'the output that holds embeddings' }),
    layout: text({ placeholder: 'NCHW|NHWC', help: 'channels before pixels, or after' }),
    channels: text({ placeholder: 'RGB|BGR', help: 'the order of the channels' }),
    mean: decimal('NUMBER', 'subtracted from values of 0 to 255'),
    scale: decimal('NUMBER', 'what the difference is divided by'),
    side: decimal('PIXELS', 'side of the input; read from the file without it'),
    force: flag({ help: 'installs it even though the check says that it is fed wrongly' }),
  },
  run: async ({ operands, options }, surroundings) => {
    const { add } = await import('./add.ts');
    return add({ operands, options }, surroundings);
  },
});

export const modelsCheck = command({
  name: 'models check',
  summary: 'tries a face model out on sample photographs',
  operands: version('Say which face model.'),
  options: where,
  run: async ({ operands: [name = ''], options }, surroundings) => {
    const { checkInstalled } = await import('./add.ts');
    return checkInstalled(name, options, surroundings);
  },
});

export const modelsCalibrate = command({
  name: 'models calibrate',
  summary: 'measures what similarities of a face model mean, on photographs of people',
  description:
    'FOLDER has a subfolder with photographs for each person; 320 people or more, many of them with\nseveral. Their embeddings are kept in .cache for the next time. With --collection, the users of a\ncollection serve instead; stop the service first.',
  operands: {
    placeholder: 'VERSION [FOLDER]',
    least: 1,
    most: 2,
    missing: 'Say which face model.',
  },
  options: {
    ...where,
    collection: text({ placeholder: 'ID', help: 'a collection whose users serve as the people' }),
    plot: text({
      placeholder: 'OUT.svg',
      help: 'draws both distributions, the tail and the scale',
    }),
  },
  check: ({ operands, options }) =>
    (operands[1] === undefined) === (options.collection === undefined)
      ? ['Say which people: a folder, or --collection.']
      : [],
  run: async ({ operands: [name = '', folder], options }, surroundings) => {
    const { calibrateModel } = await import('./calibrate.ts');
    return calibrateModel({ name, folder, ...options }, surroundings);
  },
});

export const modelsUpload = command({
  name: 'models upload',
  summary: 'puts face models that are too large for the layer into the bucket of a stack',
  operands: {
    placeholder: 'VERSION...',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    missing: 'Say which face models; recollect synth says which are too large for the layer.',
  },
  options: { ...where, stack: { ...STACK, missing: 'Say which stack: --stack NAME.' } },
  run: async ({ operands, options }, surroundings) => {
    const { upload } = await import('./upload.ts');
    return upload(operands, { ...options, stack: options.stack ?? '' }, surroundings);
  },
});

export const modelsDefault = command({
  name: 'models default',
  summary: 'chooses the face model of new collections',
  operands: version('Say which face model new collections get.'),
  options: where,
  run: async ({ operands: [name = ''], options }, surroundings) => {
    const { choose } = await import('./list.ts');
    return choose(name, options, surroundings);
  },
});

export const modelsRemove = command({
  name: 'models remove',
  summary: 'removes a face model that no collection has',
  description: 'Stop the service on this machine first; two cannot have the data folder open.',
  operands: version('Say which face model to remove.'),
  options: where,
  run: async ({ operands: [name = ''], options }, surroundings) => {
    const { remove } = await import('./list.ts');
    return remove(name, options, surroundings);
  },
});
