/** Commits drawn at random, and what a store must hold after them. */
import type { Engine } from '../../../infra/emulators/storage/engine.ts';
import type { Write } from '../../../infra/emulators/storage/entries.ts';

/** By key, the value as text. */
export type State = ReadonlyMap<string, string>;

const KEYS = 40;

/** A commit of a few puts and deletions. @param random uniform in [0, 1) */
export function drawCommit(random: () => number): Write[] {
  const count = 1 + Math.floor(random() * 5);
  return Array.from({ length: count }, () => {
    const key = Buffer.from(`item/${String(Math.floor(random() * KEYS)).padStart(3, '0')}`);
    // From a few bytes to several pages.
    const length = Math.floor(20 * 1000 ** random());
    const letter = String.fromCharCode(97 + Math.floor(random() * 26));
    const value = random() < 0.3 ? undefined : Buffer.from(`${random()}${letter.repeat(length)}`);
    return { key, value };
  });
}

export function after(state: State, commit: readonly Write[]): State {
  const next = new Map(state);
  for (const { key, value } of commit) {
    const name = Buffer.from(key).toString();
    if (value === undefined) next.delete(name);
    else next.set(name, Buffer.from(value).toString());
  }
  return next;
}

/** Everything that the engine holds. */
export function stateOf(engine: Engine): State {
  const entries = engine.page({ limit: 1e6, bytes: Number.POSITIVE_INFINITY });
  return new Map(
    entries.map(({ key, value }) => [Buffer.from(key).toString(), Buffer.from(value).toString()]),
  );
}
