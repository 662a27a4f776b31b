import type { Face, User } from '@aws-sdk/client-rekognition';
import { useEffect, useState } from 'preact/hooks';
import { awsCli } from '../model/cli.ts';
import { counted } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { FaceLine } from '../parts/face-line.tsx';
import { Field } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import type { ScreenProps } from '../parts/screen.ts';
import { useTask } from '../parts/task.ts';
import { VirtualList } from '../parts/virtual-list.tsx';
import { call } from '../service/call.ts';
import { pages } from '../service/pages.ts';
import { serviceUrl } from '../service/session.ts';
import { Interrupted } from './interrupted.tsx';
import { MergeDialog } from './merge-dialog.tsx';

const ROW_HEIGHT = 56;

/** The people of a collection, what faces each has, who may be the same, and who is not named yet. */
export function PeopleScreen({ collection }: ScreenProps) {
  const [users, setUsers] = useState<readonly User[]>([]);
  const [filter, setFilter] = useState('');
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string>();
  const listing = useTask();
  const creating = useTask();
  const reload = () =>
    listing.run(async (signal) => {
      const all: User[] = [];
      for await (const page of pages((NextToken) =>
        call('ListUsers', { CollectionId: collection, MaxResults: 500, NextToken }, signal),
      )) {
        all.push(...(page.Users ?? []));
        setUsers([...all]);
      }
      setUsers(all);
      return undefined;
    });
  useEffect(() => {
    setChosen(undefined);
    reload();
  }, [collection]);
  const create = () =>
    creating.run(async (signal) => {
      await call('CreateUser', { CollectionId: collection, UserId: name }, signal);
      setName('');
      reload();
      return `${name} is there, without a face yet.`;
    });
  const shown = users.filter(({ UserId = '' }) =>
    UserId.toLowerCase().includes(filter.toLowerCase()),
  );
  return (
    <>
      <h1>People of {collection}</h1>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          create();
        }}
      >
        <Field label="New person (UserId)" value={name} onInput={setName} required />
        <button type="submit" class="main" disabled={creating.isBusy}>
          Create
        </button>
      </form>
      <Notice task={creating} />
      <Interrupted collection={collection} onChanged={reload} />
      <div class="columns">
        <section aria-label="People">
          <Field label="Find a person" type="search" value={filter} onInput={setFilter} />
          <p class="hint">{counted(shown.length, 'person', 'people')}</p>
          <VirtualList
            label={`People of ${collection}`}
            items={shown}
            keyOf={({ UserId = '' }) => UserId}
            rowHeight={ROW_HEIGHT}
            row={({ UserId = '', UserStatus }) => (
              <button
                type="button"
                class="person"
                aria-pressed={UserId === chosen}
                onClick={() => setChosen(UserId)}
              >
                <strong>{UserId}</strong>
                <small>{UserStatus === 'CREATED' ? 'no face yet' : ''}</small>
              </button>
            )}
          />
          <Notice task={listing} />
        </section>
        {chosen !== undefined && (
          <Person
            key={chosen}
            collection={collection}
            userId={chosen}
            people={users}
            onChanged={(isGone) => {
              if (isGone) setChosen(undefined);
              reload();
            }}
          />
        )}
      </div>
      <AsCli
        lines={[
          awsCli('ListUsers', { CollectionId: collection }, serviceUrl().href),
          awsCli(
            'CreateUser',
            { CollectionId: collection, UserId: name || 'ada' },
            serviceUrl().href,
          ),
        ]}
      />
    </>
  );
}

interface PersonProps {
  readonly collection: string;
  readonly userId: string;
  readonly people: readonly User[];
  readonly onChanged: (isGone: boolean) => void;
}

function Person({ collection, userId, people, onChanged }: PersonProps) {
  const [faces, setFaces] = useState<readonly Face[]>([]);
  const [alike, setAlike] = useState<readonly (readonly [userId: string, similarity: number])[]>(
    [],
  );
  const [question, setQuestion] = useState<'delete' | 'merge'>();
  const task = useTask();
  const CollectionId = collection;
  const load = () =>
    task.run(async (signal) => {
      const all: Face[] = [];
      for await (const page of pages((NextToken) =>
        call('ListFaces', { CollectionId, UserId: userId, NextToken }, signal),
      )) {
        all.push(...(page.Faces ?? []));
      }
      setFaces(all);
      if (all.length === 0) return undefined;
      const input = { CollectionId, UserId: userId, UserMatchThreshold: 60, MaxUsers: 6 };
      const { UserMatches = [] } = await call('SearchUsers', input, signal);
      setAlike(
        UserMatches.map(({ User, Similarity = 0 }) => [User?.UserId ?? '', Similarity] as const),
      );
      return undefined;
    });
  useEffect(() => {
    load();
  }, [userId]);
  const take = (faceId: string) =>
    task.run(async (signal) => {
      await call('DisassociateFaces', { CollectionId, UserId: userId, FaceIds: [faceId] }, signal);
      setFaces((was) => was.filter(({ FaceId }) => FaceId !== faceId));
      return 'Taken from this person; the face stays in the collection.';
    });
  return (
    <section class="side" aria-label={`Person ${userId}`}>
      <h2>{userId}</h2>
      <p class="actions">
        <button type="button" onClick={() => setQuestion('merge')}>
          Merge with…
        </button>
        <button type="button" class="danger" onClick={() => setQuestion('delete')}>
          Delete person
        </button>
      </p>
      <Notice task={task} />
      <ul class="lines">
        {faces.map((face) => (
          <li key={face.FaceId}>
            <FaceLine face={face}>
              <button type="button" class="quiet" onClick={() => take(face.FaceId ?? '')}>
                Not {userId}
                <span class="sr">: face {face.FaceId}</span>
              </button>
            </FaceLine>
          </li>
        ))}
      </ul>
      {faces.length === 0 && !task.isBusy && (
        <p class="empty">No face yet. Choose faces on the screen Faces, and associate them.</p>
      )}
      {alike.length > 0 && (
        <p class="hint">
          Alike: {alike.map(([other, value]) => `${other} (${value.toFixed(0)})`).join(', ')}
        </p>
      )}
      <AsCli
        lines={[
          awsCli('ListFaces', { CollectionId, UserId: userId }, serviceUrl().href),
          awsCli('SearchUsers', { CollectionId, UserId: userId }, serviceUrl().href),
        ]}
      />
      {question === 'merge' && (
        <MergeDialog
          collection={collection}
          into={userId}
          people={people}
          alike={alike}
          onClose={() => setQuestion(undefined)}
          onDone={() => {
            load();
            onChanged(false);
          }}
        />
      )}
      {question === 'delete' && (
        <Dialog title={`Delete ${userId}?`} onClose={() => setQuestion(undefined)}>
          <p>The person goes; the faces stay in the collection, and belong to nobody.</p>
          <p class="actions">
            <button
              type="button"
              class="danger"
              onClick={() =>
                task.run(async () => {
                  setQuestion(undefined);
                  await call('DeleteUser', { CollectionId, UserId: userId });
                  onChanged(true);
                  return undefined;
                })
              }
            >
              Delete
            </button>
            <button type="button" onClick={() => setQuestion(undefined)}>
              Keep
            </button>
          </p>
        </Dialog>
      )}
    </section>
  );
}
