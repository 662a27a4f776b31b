import type { DescribeCollectionResponse } from '@aws-sdk/client-rekognition';
import { useEffect, useState } from 'preact/hooks';
import { awsCli } from '../model/cli.ts';
import { counted } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import type { ScreenProps } from '../parts/screen.ts';
import { useTask } from '../parts/task.ts';
import { call } from '../service/call.ts';
import { serviceUrl } from '../service/session.ts';

/** What there is: create, look, delete. */
export function CollectionsScreen({ collections, go }: Omit<ScreenProps, 'collection'>) {
  const [name, setName] = useState('');
  const [doomed, setDoomed] = useState<string>();
  const task = useTask();
  const create = () =>
    task.run(async (signal) => {
      await call('CreateCollection', { CollectionId: name }, signal);
      setName('');
      collections.reload();
      return `${name} is there.`;
    });
  return (
    <>
      <h1>Collections</h1>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          create();
        }}
      >
        <Field label="New collection" value={name} onInput={setName} required />
        <button type="submit" class="main" disabled={task.isBusy}>
          Create
        </button>
      </form>
      <Notice task={task.note || task.isBusy ? task : collections.task} />
      {collections.ids.length === 0 && !collections.task.isBusy && !collections.task.hasFailed && (
        <p class="empty">
          There is no collection yet. A collection holds the faces that you search.
        </p>
      )}
      <ul class="cards">
        {collections.ids.map((id) => (
          <Card key={id} id={id} go={go} onDelete={() => setDoomed(id)} />
        ))}
      </ul>
      <AsCli
        lines={[
          awsCli('ListCollections', {}, serviceUrl().href),
          awsCli('CreateCollection', { CollectionId: name || 'my-collection' }, serviceUrl().href),
        ]}
      />
      {doomed !== undefined && (
        <DeleteDialog
          id={doomed}
          onClose={() => setDoomed(undefined)}
          onDeleted={() => {
            setDoomed(undefined);
            go({ collection: undefined });
            collections.reload();
          }}
        />
      )}
    </>
  );
}

interface CardProps {
  readonly id: string;
  readonly go: ScreenProps['go'];
  readonly onDelete: () => void;
}

function Card({ id, go, onDelete }: CardProps) {
  const [counts, setCounts] = useState<Partial<DescribeCollectionResponse>>();
  useEffect(() => {
    const controller = new AbortController();
    call('DescribeCollection', { CollectionId: id }, controller.signal).then(
      ({ FaceCount, UserCount, FaceModelVersion }) =>
        setCounts({ FaceCount, UserCount, FaceModelVersion }),
      // A key may be allowed to list and not to describe; the card then shows the name.
      () => undefined,
    );
    return () => controller.abort();
  }, [id]);
  return (
    <li class="card">
      <h2>{id}</h2>
      <p>
        {counts
          ? `${counted(counts.FaceCount ?? 0, 'face')}, ${counted(counts.UserCount ?? 0, 'person', 'people')}, model ${counts.FaceModelVersion}`
          : '…'}
      </p>
      <p class="actions">
        <button type="button" onClick={() => go({ screen: 'faces', collection: id })}>
          Faces<span class="sr"> of {id}</span>
        </button>
        <button type="button" onClick={() => go({ screen: 'people', collection: id })}>
          People<span class="sr"> of {id}</span>
        </button>
        <button type="button" onClick={() => go({ screen: 'try', collection: id })}>
          Search<span class="sr"> {id}</span>
        </button>
        <button type="button" class="danger" onClick={onDelete}>
          Delete<span class="sr"> {id}</span>
        </button>
      </p>
    </li>
  );
}

interface DeleteDialogProps {
  readonly id: string;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

function DeleteDialog({ id, onClose, onDeleted }: DeleteDialogProps) {
  const [typed, setTyped] = useState('');
  const task = useTask();
  return (
    <Dialog title={`Delete ${id}?`} onClose={onClose}>
      <p>All its faces and people go with it. This cannot be undone.</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          task.run(async () => {
            await call('DeleteCollection', { CollectionId: id });
            onDeleted();
            return undefined;
          });
        }}
      >
        <Field label="Type the name of the collection" value={typed} onInput={setTyped} />
        <Notice task={task} />
        <p class="actions">
          <button type="submit" class="danger" disabled={typed !== id || task.isBusy}>
            Delete it
          </button>
          <button type="button" onClick={onClose}>
            Keep it
          </button>
        </p>
      </form>
      <AsCli lines={[awsCli('DeleteCollection', { CollectionId: id }, serviceUrl().href)]} />
    </Dialog>
  );
}
