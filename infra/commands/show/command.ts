/** `recollect show`: what is seen on a photograph, drawn on a copy of it. */
import path from 'node:path';
import { command, JSON_OUTPUT, whole } from '../cli/index.ts';

export const show = command({
  name: 'show',
  summary: 'draws what is seen on a photograph',
  description:
    'Draws boxes, landmarks, the axes of each head and the direction of the eyes on a copy of the\nphotograph, a legend beside it, and prints every attribute.',
  operands: {
    placeholder: 'PHOTO [OUT.png|OUT.jpg]',
    least: 1,
    most: 2,
    missing: 'Say which photograph, and the picture to write.',
  },
  options: {
    width: whole({
      placeholder: 'N',
      name: 'The width',
      help: 'of the picture to write, in pixels; as large as the photograph without it',
      from: 100,
      to: 10_000,
    }),
    json: JSON_OUTPUT,
  },
  check: ({ operands: [photo = '', out], options: { json } }) => [
    ...(out === undefined && !json ? ['Say which picture to write, or ask for --json.'] : []),
    ...(out === undefined || /\.(png|jpe?g)$/i.test(out)
      ? []
      : [`The picture to write must end in .png or .jpg, not "${out}".`]),
    ...(out !== undefined && path.resolve(photo) === path.resolve(out)
      ? ['The photograph itself is not written over; choose another name.']
      : []),
  ],
  run: async ({ operands: [photo = '', out], options }, surroundings) => {
    const { run } = await import('./run.ts');
    return run({ photo, out, ...options }, surroundings);
  },
});
