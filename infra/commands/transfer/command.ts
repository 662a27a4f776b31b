/** `recollect export-collection` and `import-collection`: whole collections, out of a service and into one. */

import { exportCollection as exportContract } from '../../../functions/extensions/contracts/export-collection.ts';
import { importCollection as importContract } from '../../../functions/extensions/contracts/import-collection.ts';
import { command, DATA, flag, JSON_OUTPUT, text } from '../cli/index.ts';
import { CONNECTION } from '../extensions/command.ts';

const idProblem = (id: string) =>
  /^[a-zA-Z0-9_.-]{1,255}$/.test(id)
    ? undefined
    : `A collection id has letters, digits, "_", "." and "-", not "${id}".`;

export const exportCollection = command({
  name: 'export-collection',
  summary: exportContract.summary,
  description:
    'Interrupted (Ctrl-C) or killed, it goes on where it was when it is started again.\nThe file is gzip around lines of JSON; see docs/export-format.md.\nIts key must allow ExportCollection.',
  options: {
    'collection-id': text({
      placeholder: 'ID',
      help: 'what to export',
      missing: 'Say what to export: --collection-id ID.',
      problem: idProblem,
    }),
    output: text({
      placeholder: 'FILE',
      help: "where to; the collection's id with .ndjson.gz without it, here",
    }),
    ...CONNECTION,
    json: JSON_OUTPUT,
  },
  run: async ({ options: { 'collection-id': collection, ...options } }, surroundings) => {
    const { runExport } = await import('./export.ts');
    return runExport({ collection, ...options }, surroundings);
  },
});

export const importCollection = command({
  name: 'import-collection',
  summary: importContract.summary,
  description:
    'The whole file is checked before anything is stored. Interrupted (Ctrl-C) or killed, it goes\non where it was when it is started again; nothing is stored twice.\nIts key must allow ImportCollection.',
  operands: {
    placeholder: 'FILE',
    least: 1,
    most: 1,
    missing: 'Say what to import: a file that export-collection wrote.',
  },
  options: {
    'collection-id': text({
      placeholder: 'ID',
      help: 'what it is called there; as in the file without it',
      problem: idProblem,
    }),
    merge: flag({ help: 'adds to a collection that is there already, whose tags stay' }),
    data: DATA,
    ...CONNECTION,
    json: JSON_OUTPUT,
  },
  run: async (
    { options: { 'collection-id': collection, ...options }, operands: [file = ''] },
    surroundings,
  ) => {
    const { runImport } = await import('./import.ts');
    return runImport({ file, collection, ...options }, surroundings);
  },
});
