/** Writes the audit trail, page by page, and what its chains end with. */
import { open, rename } from 'node:fs/promises';
import { type Heads, hashOf } from '../../../layers/audit/index.ts';
import { type Surroundings, withProgress } from '../cli/index.ts';
import type { ConnectionOptions } from '../connection.ts';
import { connectExtensions, type Extensions } from '../extensions/client.ts';

export interface ReadOptions extends ConnectionOptions {
  readonly output?: string | undefined;
}

interface Page {
  readonly Lines: readonly string[];
  readonly NextToken?: string;
}

/** @throws what the SDK throws, and the system's errors */
export async function read(options: ReadOptions, surroundings: Surroundings): Promise<undefined> {
  const { output } = options;
  const extensions = connectExtensions(options, surroundings.environment);
  const partial = `${output}.partial`;
  const handle = output === undefined ? undefined : await open(partial, 'w');
  let count = 0;
  const write = async (lines: readonly string[]) => {
    count += lines.length;
    if (handle === undefined) for (const line of lines) surroundings.print(line);
    else if (lines.length > 0) await handle.appendFile(`${lines.join('\n')}\n`);
  };
  try {
    const heads = await withProgress(
      surroundings,
      () => `${count} lines`,
      () => readPages(extensions, write),
    );
    const end = { ExportedAt: surroundings.now().toISOString(), Lines: count, Heads: heads };
    await write([JSON.stringify({ End: end })]);
    await handle?.sync();
  } finally {
    extensions.close();
    await handle?.close();
  }
  if (output === undefined) return;
  await rename(partial, output);
  surroundings.print(`${count - 1} lines: ${output}`);
}

async function readPages(
  extensions: Extensions,
  write: (lines: readonly string[]) => Promise<void>,
): Promise<Heads> {
  const heads: Record<string, { Sequence: number; Sha256: string }> = {};
  let NextToken: string | undefined;
  do {
    const page = (await extensions.call('ReadAudit', { NextToken })) as Page;
    await write(page.Lines);
    for (const text of page.Lines) {
      const { Chain, Sequence } = JSON.parse(text) as { Chain: string; Sequence: number };
      heads[Chain] = { Sequence, Sha256: hashOf(text) };
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return heads;
}
