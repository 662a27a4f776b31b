/** A real browser, where there is one: `apt-get install chromium`, or its path in CHROMIUM. */
import { existsSync } from 'node:fs';

export const CHROMIUM = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((file) => file !== undefined && file !== '' && existsSync(file));

/** The title of tests that need it: says when they are skipped. */
export function withChromium(title: string): string {
  return CHROMIUM === undefined ? `${title} (no Chromium here: skipped)` : title;
}
