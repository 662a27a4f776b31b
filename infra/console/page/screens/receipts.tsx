import { useEffect, useState } from 'preact/hooks';
import { recollectCli } from '../model/cli.ts';
import { counted } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { Notice } from '../parts/notice.tsx';
import type { ScreenProps } from '../parts/screen.ts';
import { useTask } from '../parts/task.ts';
import { callExtension } from '../service/call.ts';
import type { Receipts, SignedReceipt } from '../service/extensions.ts';
import { pages } from '../service/pages.ts';
import { serviceUrl } from '../service/session.ts';

/** Signed receipts of what was deleted, to be kept and verified anywhere. */
export function ReceiptsScreen({ collection }: ScreenProps) {
  const [receipts, setReceipts] = useState<readonly SignedReceipt[]>([]);
  const [publicKey, setPublicKey] = useState('');
  const task = useTask();
  useEffect(() => {
    task.run(async (signal) => {
      const all: SignedReceipt[] = [];
      const next = (NextToken: string | undefined) =>
        callExtension<Receipts>(
          'GetDeletionReceipts',
          { CollectionId: collection, NextToken },
          signal,
        );
      for await (const page of pages(next)) {
        all.push(...page.Receipts);
        setPublicKey(page.PublicKey);
        setReceipts([...all]);
      }
      return all.length === 0 ? 'Nothing was deleted from this collection.' : undefined;
    });
  }, [collection]);
  const flags = { CollectionId: collection, Endpoint: serviceUrl().href };
  return (
    <>
      <h1>Deletions from {collection}</h1>
      <p class="hint">
        Each receipt says what was deleted, when it was in no answer any more, and when it was gone
        from every place. It is signed, and anybody can verify it without this service.
      </p>
      <Notice task={task} />
      {receipts.length > 0 && (
        <p>
          <a href={asFile({ Receipts: receipts, PublicKey: publicKey })} download="receipts.json">
            Save {counted(receipts.length, 'receipt')}
          </a>
        </p>
      )}
      <ul class="lines">
        {receipts.toReversed().map(({ Statement, Signature }) => (
          <li key={Signature}>
            <details>
              <summary>{titleOf(Statement)}</summary>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled by keyboard */}
              <pre tabIndex={0}>{indented(Statement)}</pre>
            </details>
          </li>
        ))}
      </ul>
      <AsCli
        lines={[
          `${recollectCli('get-deletion-receipts', flags)} --json > receipts.json`,
          'npx recollect verify-receipt receipts.json --key public.pem',
        ]}
      />
    </>
  );
}

function asFile(content: object): string {
  return URL.createObjectURL(new Blob([JSON.stringify(content)], { type: 'application/json' }));
}

/** What a receipt speaks of, since when, and whether every place is done. */
function titleOf(statement: string): string {
  const { InvisibleSince = '', Subjects, State, Cause = '' } = parsed(statement);
  const count = Array.isArray(Subjects) ? Subjects.length : 0;
  const state = State === 'DONE' ? 'gone from every place' : 'not yet gone from every place';
  return `${InvisibleSince}: ${counted(count, 'deletion')}, ${state} (${Cause})`;
}

function indented(statement: string): string {
  const said = parsed(statement);
  return Object.keys(said).length > 0 ? JSON.stringify(said, undefined, 2) : statement;
}

function parsed(statement: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(statement) as Record<string, unknown>;
  } catch {
    return {};
  }
}
