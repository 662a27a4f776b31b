/** `recollect show`: what is seen on a photograph or in a video, drawn on a copy of it. */
import path from 'node:path';
import { command, JSON_OUTPUT, whole } from '../cli/index.ts';

/** By its name, as people tell them apart. */
const isVideo = (file: string) => /\.(mp4|mov|m4v)$/i.test(file);

export const show = command({
  name: 'show',
  summary: 'draws what is seen on a photograph, or in a video',
  description:
    'Draws boxes, landmarks, the axes of each head and the direction of the eyes on a copy of the\nphotograph, a legend beside it, and prints every attribute. Of a video (.mp4, .mov) each\nperson has a colour and a number; what is written is an .mp4, or a folder of pictures.',
  operands: {
    placeholder: 'PHOTO|VIDEO [OUT.png|OUT.jpg|OUT.mp4|FOLDER]',
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
    ...(out === undefined || isVideo(photo) || /\.(png|jpe?g)$/i.test(out)
      ? []
      : [`The picture to write must end in .png or .jpg, not "${out}".`]),
    ...(out !== undefined && path.resolve(photo) === path.resolve(out)
      ? ['The photograph itself is not written over; choose another name.']
      : []),
  ],
  run: async ({ operands: [photo = '', out], options }, surroundings) => {
    if (isVideo(photo)) {
      const { runVideo } = await import('./run-video.ts');
      return runVideo({ video: photo, out, json: options.json }, surroundings);
    }
    const { run } = await import('./run.ts');
    return run({ photo, out, ...options }, surroundings);
  },
});
