/**
 * The first module of each bundle, as text. Those of request functions are written from the operation
 * table, so that a bundle imports its operation and the services that it declares, and nothing else.
 */
import type { Kind, Uses } from '../../../layers/protocol/index.ts';
import { combined, servicesOf } from '../declared-services.ts';

interface DeclaredOperation {
  readonly kind: Kind;
  readonly name: string;
  readonly uses: Uses;
}

/** The function that holds every operation, for SDKs. */
export const DISPATCHER = 'Dispatcher';

/** The HTTP server that holds every operation, for a web function. */
export const WEB = 'Web';

/** The functions that no request reaches, by the name of their bundle. */
export const BACKGROUND = {
  Erase: './functions/lambda/erase.ts',
  Fold: './functions/lambda/fold.ts',
  Ingest: './functions/lambda/ingest.ts',
  Purge: './functions/lambda/purge.ts',
  Scan: './functions/lambda/scan.ts',
  Sweep: './functions/lambda/sweep.ts',
} as const;

/** The one that looks through stored videos, where they are served. */
export const VIDEO = { Video: './functions/lambda/video.ts' } as const;

/**
 * @param web whether there is a web function
 * @param audited whether the functions write an audit trail
 * @returns by the name of each bundle its first module, with imports relative to the repository
 */
export function entries(
  operations: readonly DeclaredOperation[],
  web = false,
  audited = false,
): Map<string, string> {
  const all = combined(operations.map(({ uses }) => uses));
  const table = all.videos === undefined ? 'withoutVideo' : 'operations';
  return new Map([
    ...(web ? [[WEB, webEntry(table, all, audited)] as const] : []),
    [
      DISPATCHER,
      requestEntry(`{ ${table} } from './functions/operations.ts'`, table, all, audited),
    ],
    ...operations.map(({ kind, name, uses }): [string, string] => [
      name,
      requestEntry(
        `{ ${name} } from './functions/${fileOf(kind, name)}'`,
        `[${name}]`,
        uses,
        audited,
      ),
    ]),
    ...Object.entries({ ...BACKGROUND, ...(all.videos && VIDEO) }).map(
      ([name, file]): [string, string] => [name, `export { handler } from '${file}';`],
    ),
  ]);
}

function requestEntry(imported: string, operations: string, uses: Uses, audited: boolean): string {
  const services = servicesOf(uses).join(', ');
  return `import ${imported};
import { serve } from './functions/lambda/handler.ts';
import { ${services} } from './functions/lambda/services.ts';
${importOf(audited)}export const handler = serve(${operations}, { ${services} }${audited ? ', recorder()' : ''});
`;
}

function importOf(audited: boolean): string {
  return audited ? `import { recorder } from './functions/lambda/audit.ts';\n` : '';
}

function webEntry(table: string, uses: Uses, audited: boolean): string {
  // The web function makes its own inference, which bounds how much is done at once.
  const services = servicesOf(uses)
    .filter((name) => name !== 'inference')
    .join(', ');
  return `import { ${table} } from './functions/operations.ts';
import { runWeb } from './functions/lambda/web.ts';
import { ${services} } from './functions/lambda/services.ts';
${importOf(audited)}runWeb(${table}, { ${services} }${audited ? ', recorder()' : ''});
`;
}

/** The file of an operation: `ListFaces` is in `list-faces.ts`, an extension in `extensions/`. */
function fileOf(kind: Kind, name: string): string {
  const file = `${name.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase()}.ts`;
  return kind === 'api' ? file : `extensions/${file}`;
}
