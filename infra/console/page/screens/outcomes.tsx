import { useEffect, useState } from 'preact/hooks';
import { quoted } from '../model/cli.ts';
import { counted } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { Notice } from '../parts/notice.tsx';
import { useTask } from '../parts/task.ts';
import { ServiceFailure } from '../service/call.ts';
import { type Outcome, type OutcomeEvent, outcomes } from '../service/outcomes.ts';
import { serviceUrl } from '../service/session.ts';

/** The newest are shown first, so many at most. */
const MOST = 500;

const STATUS: Readonly<Record<Outcome['Status'], string>> = {
  INDEXED: 'indexed',
  NO_FACES: 'no face good enough',
  REJECTED: 'rejected',
  SKIPPED: 'skipped',
  REMOVED: 'removed',
};

/** What becomes of uploads, as it happens, and what was rejected and why. */
export function OutcomesScreen() {
  const [events, setEvents] = useState<readonly OutcomeEvent[]>([]);
  const [isRejectsOnly, setRejectsOnly] = useState(false);
  const task = useTask();
  useEffect(() => {
    task.run(async (signal, say) => {
      say('Waiting for what becomes of uploads…');
      try {
        for await (const event of outcomes(signal)) {
          setEvents((was) => [event, ...was].slice(0, MOST));
        }
      } catch (error) {
        if (!(error instanceof ServiceFailure) || error.status !== 404) throw error;
        return 'On AWS outcomes go to the event bus of the account: see docs/ingest.md.';
      }
      return 'The service has ended the connection. Reload the page to follow again.';
    });
  }, []);
  const shown = isRejectsOnly
    ? events.filter(({ detail }) => detail.Status === 'REJECTED')
    : events;
  return (
    <>
      <h1>Uploads</h1>
      <p class="hint">
        Photographs that are put into the upload bucket, under the name of a collection, are indexed
        by themselves.
      </p>
      <Notice task={task} />
      <p>
        <label>
          <input
            type="checkbox"
            checked={isRejectsOnly}
            onChange={({ currentTarget }) => setRejectsOnly(currentTarget.checked)}
          />{' '}
          Rejected ones only
        </label>
      </p>
      <div class="wide">
        <table>
          <caption>{counted(shown.length, 'upload')}, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Object</th>
              <th scope="col">What</th>
              <th scope="col">Faces</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ time, detail }, i) => (
              <tr key={`${detail.Id} ${shown.length - i}`}>
                <td>
                  <time dateTime={time}>{new Date(time).toLocaleString()}</time>
                </td>
                <td>{detail.Key}</td>
                <td>
                  <span class={`tag ${detail.Status === 'REJECTED' ? 'bad' : ''}`}>
                    {STATUS[detail.Status]}
                  </span>{' '}
                  {detail.Reason?.Message}
                </td>
                <td class="figure">{detail.FaceRecords?.length ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="hint">
        Rejected uploads wait in a queue. Once their cause is gone they can be sent again, all of
        them or by reason.
      </p>
      <AsCli
        lines={[
          `curl -N ${quoted(new URL('events?from=start', serviceUrl()).href)}`,
          `npx recollect redrive --endpoint ${quoted(serviceUrl().href)}`,
          `npx recollect redrive send --all --endpoint ${quoted(serviceUrl().href)}`,
        ]}
      />
    </>
  );
}
