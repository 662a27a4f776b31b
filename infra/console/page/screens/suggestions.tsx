import { useState } from 'preact/hooks';
import { recollectCli } from '../model/cli.ts';
import { counted } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { AssociateDialog } from '../parts/associate-dialog.tsx';
import { FaceLine } from '../parts/face-line.tsx';
import { Notice } from '../parts/notice.tsx';
import { useTask } from '../parts/task.ts';
import { callExtension } from '../service/call.ts';
import type { Suggestions as Answer, SuggestedUser } from '../service/extensions.ts';
import { serviceUrl } from '../service/session.ts';

interface SuggestionsProps {
  readonly collection: string;
  readonly onChanged: () => void;
}

/** Faces of a group that are shown. */
const SHOWN = 6;

/** Groups of faces that belong to nobody yet and seem to be of one person. */
export function Suggestions({ collection, onChanged }: SuggestionsProps) {
  const [groups, setGroups] = useState<readonly SuggestedUser[]>([]);
  const [next, setNext] = useState<string>();
  const [chosen, setChosen] = useState<SuggestedUser>();
  const task = useTask();
  const look = (token: string | undefined) =>
    task.run(async (signal) => {
      let NextToken = token;
      let found: readonly SuggestedUser[] = [];
      // A page may be empty and yet not be the last.
      do {
        const page: Answer = await callExtension(
          'SuggestUsers',
          { CollectionId: collection, NextToken },
          signal,
        );
        found = page.SuggestedUsers;
        NextToken = page.NextToken;
      } while (found.length === 0 && NextToken !== undefined);
      setGroups((was) => (token === undefined ? found : [...was, ...found]));
      setNext(NextToken);
      return found.length === 0
        ? 'No further group of faces seems to be of one person.'
        : undefined;
    });
  return (
    <section>
      <h2>Who is not named yet</h2>
      <button type="button" onClick={() => look(undefined)} disabled={task.isBusy}>
        Suggest people
      </button>
      <Notice task={task} />
      <ul class="lines">
        {groups.map((group) => (
          <li key={group.Face.FaceId}>
            <p class="actions">
              <strong>{counted(group.FaceMatches.length + 1, 'face')}</strong>
              {group.UserMatches[0] && (
                <span>
                  may be <span class="tag">{group.UserMatches[0].User?.UserId}</span>
                </span>
              )}
              <button type="button" onClick={() => setChosen(group)}>
                Name them<span class="sr">: group of face {group.Face.FaceId}</span>
              </button>
            </p>
            {facesOf(group)
              .slice(0, SHOWN)
              .map((face) => (
                <FaceLine key={face.FaceId} face={face} />
              ))}
          </li>
        ))}
      </ul>
      {next !== undefined && (
        <button type="button" onClick={() => look(next)} disabled={task.isBusy}>
          More
        </button>
      )}
      <AsCli
        lines={[
          recollectCli('suggest-users', {
            CollectionId: collection,
            Endpoint: serviceUrl().href,
          }),
        ]}
      />
      {chosen && (
        <AssociateDialog
          collection={collection}
          faceIds={facesOf(chosen).map(({ FaceId = '' }) => FaceId)}
          onClose={() => setChosen(undefined)}
          onDone={() => {
            setGroups((was) => was.filter((group) => group !== chosen));
            setChosen(undefined);
            onChanged();
          }}
        />
      )}
    </section>
  );
}

function facesOf({ Face: first, FaceMatches }: SuggestedUser) {
  return [first, ...FaceMatches.flatMap(({ Face: face }) => face ?? [])];
}
