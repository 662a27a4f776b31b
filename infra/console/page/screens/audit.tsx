import { useEffect, useState } from 'preact/hooks';
import { recollectCli } from '../model/cli.ts';
import { counted } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { Field } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { useTask } from '../parts/task.ts';
import { VirtualList } from '../parts/virtual-list.tsx';
import { callExtension } from '../service/call.ts';
import { pages } from '../service/pages.ts';
import { serviceUrl } from '../service/session.ts';

interface Entry {
  readonly Chain: string;
  readonly Sequence: number;
  readonly Time: string;
  readonly AccessKeyId?: string;
  readonly Operation: string;
  readonly CollectionId?: string;
  readonly Status: number;
  readonly Returned?: readonly object[];
}

interface Answer {
  readonly Lines: readonly string[];
  readonly NextToken?: string;
}

const ROW_HEIGHT = 56;
/** Lines that the page holds; who has more reads the file. */
const MOST = 50_000;

/** Who did what, and how many a search returned, the newest first. Needs a key that names ReadAudit. */
export function AuditScreen() {
  const [lines, setLines] = useState<readonly string[]>([]);
  const [filter, setFilter] = useState('');
  const task = useTask();
  useEffect(() => {
    task.run(async (signal, say) => {
      const all: string[] = [];
      const next = (NextToken: string | undefined) =>
        callExtension<Answer>('ReadAudit', { NextToken }, signal);
      for await (const { Lines } of pages(next)) {
        all.push(...Lines);
        say(`${counted(all.length, 'line')} so far…`);
        if (all.length > MOST) break;
      }
      setLines(all);
      if (all.length > MOST) return `The first ${MOST} lines. The command below reads all.`;
      return undefined;
    });
  }, []);
  const shown = lines
    .filter((line) => line.toLowerCase().includes(filter.toLowerCase()))
    .map((line) => JSON.parse(line) as Entry)
    .sort((a, b) => b.Time.localeCompare(a.Time) || b.Sequence - a.Sequence);
  return (
    <>
      <h1>Audit</h1>
      <Notice task={task} />
      <Field label="Filter" type="search" value={filter} onInput={setFilter} />
      <p class="hint">
        {counted(shown.length, 'line')}.{' '}
        {lines.length > 0 && (
          <a href={asFile(lines)} download="trail.ndjson">
            Save the trail
          </a>
        )}
      </p>
      <VirtualList
        label="Audit trail"
        items={shown}
        keyOf={({ Chain, Sequence }) => `${Chain} ${Sequence}`}
        rowHeight={ROW_HEIGHT}
        row={(entry) => (
          <div class="face-row">
            <span class="names">
              <strong>
                {entry.Operation} {entry.CollectionId}
              </strong>
              <small>
                <time dateTime={entry.Time}>{new Date(entry.Time).toLocaleString()}</time>{' '}
                {entry.AccessKeyId ?? 'nobody was asked'}
                {entry.Returned && `, ${counted(entry.Returned.length, 'id')} returned`}
              </small>
            </span>
            <span class={entry.Status < 400 ? 'tag' : 'tag bad'}>{entry.Status}</span>
          </div>
        )}
      />
      <AsCli
        lines={[
          recollectCli('read-audit', { Output: 'trail.ndjson', Endpoint: serviceUrl().href }),
          'npx recollect verify-audit trail.ndjson',
        ]}
      />
    </>
  );
}

/** The lines exactly as they came: their hashes are those of the texts. */
function asFile(lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\n`).join('');
  return URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' }));
}
