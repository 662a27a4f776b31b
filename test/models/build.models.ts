/** The converters: the committed files come out of them bit for bit. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { RECIPES } from '../../models/build/recipes/index.ts';
import { originals } from './support/sources.ts';

describe.each(RECIPES)('$file', async ({ file, source, build }) => {
  const files = await originals(source);

  it.skipIf(!files)('is what its recipe makes', { timeout: 60_000 }, async () => {
    const committed = await readFile(new URL(`../../models/${file}`, import.meta.url));
    expect(committed.equals(build(files!))).toBe(true);
  });
});
