/** `recollect samples`: photographs to try things with. */
import { command } from '../cli/index.ts';

export const samples = command({
  name: 'samples',
  summary: 'puts sample photographs into a folder, to try things with',
  description:
    'Six photographs of groups of women, from the npm package @vladmandic/face-api (MIT). One woman is in\nboth sample1.jpg and sample3.jpg. Where the package is not installed, npm fetches it.',
  operands: {
    placeholder: '[FOLDER]',
    least: 0,
    most: 1,
    missing: '',
  },
  options: {},
  run: async ({ operands: [folder = 'samples'] }, surroundings) => {
    const { run } = await import('./run.ts');
    return run(folder, surroundings);
  },
});
