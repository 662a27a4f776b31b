import type { Face, FaceMatch } from '@aws-sdk/client-rekognition';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { awsCli } from '../model/cli.ts';
import type { Photograph } from '../model/photographs.ts';
import { counted } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { AssociateDialog } from '../parts/associate-dialog.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { DropZone } from '../parts/drop-zone.tsx';
import { FaceLine } from '../parts/face-line.tsx';
import { Field } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import type { ScreenProps } from '../parts/screen.ts';
import { useTask } from '../parts/task.ts';
import { VirtualList } from '../parts/virtual-list.tsx';
import { call } from '../service/call.ts';
import { serviceUrl } from '../service/session.ts';
import { IndexPart } from './index-part.tsx';

const PAGE = 1000;
const ROW_HEIGHT = 84;

/** The faces of a collection: look, filter, choose several, delete, associate, find similar ones. */
export function FacesScreen({ collection }: ScreenProps) {
  const [faces, setFaces] = useState<readonly Face[]>([]);
  const [filter, setFilter] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [similarTo, setSimilarTo] = useState<Face>();
  const [question, setQuestion] = useState<'delete' | 'associate'>();
  const [added, setAdded] = useState<readonly Photograph[]>([]);
  /** Of the next page; `undefined` after the last one. */
  const next = useRef<string | undefined>(undefined);
  const listing = useTask();
  const acting = useTask();

  const more = useCallback(
    (isFirst: boolean) =>
      listing.run(async (signal) => {
        const NextToken = isFirst ? undefined : next.current;
        const input = { CollectionId: collection, MaxResults: PAGE, NextToken };
        const page = await call('ListFaces', input, signal);
        next.current = page.NextToken;
        setFaces((was) => [...(isFirst ? [] : was), ...(page.Faces ?? [])]);
        return undefined;
      }),
    [collection],
  );
  const reload = () => {
    setChosen(new Set());
    more(true);
  };
  useEffect(reload, [collection]);
  const onEnd = useCallback(() => {
    if (next.current !== undefined && !listing.isBusy) more(false);
  }, [listing.isBusy, more]);

  const shown = filter === '' ? faces : faces.filter((face) => matches(face, filter));
  const toggle = (id: string) => {
    const changed = new Set(chosen);
    if (!changed.delete(id)) changed.add(id);
    setChosen(changed);
  };
  const remove = () =>
    acting.run(async (signal, say) => {
      setQuestion(undefined);
      const ids = [...chosen];
      let gone = 0;
      const kept: string[] = [];
      for (let at = 0; at < ids.length; at += PAGE) {
        say(`${at} of ${ids.length} deleted…`);
        const FaceIds = ids.slice(at, at + PAGE);
        const answer = await call('DeleteFaces', { CollectionId: collection, FaceIds }, signal);
        const deleted = new Set(answer.DeletedFaces);
        gone += deleted.size;
        kept.push(...(answer.UnsuccessfulFaceDeletions ?? []).map(({ FaceId = '' }) => FaceId));
        setFaces((was) => was.filter(({ FaceId = '' }) => !deleted.has(FaceId)));
      }
      setChosen(new Set(kept));
      if (kept.length === 0) return `${counted(gone, 'face')} deleted.`;
      return `${counted(gone, 'face')} deleted. ${counted(kept.length, 'face')} stay: they belong to people. Take them from their people first.`;
    });

  return (
    <>
      <h1>Faces of {collection}</h1>
      <details>
        <summary>Add photographs</summary>
        <DropZone many onPhotographs={setAdded} />
        {added.length > 0 && (
          <IndexPart photographs={added} collection={collection} onIndexed={reload} />
        )}
      </details>
      <div class="row">
        <Field
          label="Filter the faces that are loaded"
          type="search"
          value={filter}
          onInput={setFilter}
        />
        <button type="button" disabled={chosen.size === 0} onClick={() => setQuestion('associate')}>
          Associate {counted(chosen.size, 'face')}
        </button>
        <button
          type="button"
          class="danger"
          disabled={chosen.size === 0 || acting.isBusy}
          onClick={() => setQuestion('delete')}
        >
          Delete {counted(chosen.size, 'face')}
        </button>
      </div>
      <Notice task={acting} />
      <p class="hint">
        {counted(shown.length, 'face')}
        {next.current !== undefined && ' loaded, more as you scroll'}
      </p>
      <VirtualList
        label={`Faces of ${collection}`}
        items={shown}
        keyOf={({ FaceId = '' }) => FaceId}
        rowHeight={ROW_HEIGHT}
        onEnd={next.current === undefined ? undefined : onEnd}
        row={(face) => (
          <div class="face-row">
            <input
              type="checkbox"
              aria-label={`Choose face ${face.ExternalImageId ?? ''} ${face.FaceId}`}
              checked={chosen.has(face.FaceId ?? '')}
              onChange={() => toggle(face.FaceId ?? '')}
            />
            <FaceLine face={face}>
              <button type="button" class="quiet" onClick={() => setSimilarTo(face)}>
                Similar<span class="sr"> to {face.FaceId}</span>
              </button>
            </FaceLine>
          </div>
        )}
      />
      <Notice task={listing} />
      {faces.length === 0 && !listing.isBusy && !listing.hasFailed && (
        <p class="empty">There is no face in {collection} yet. Add photographs above.</p>
      )}
      <AsCli
        lines={[
          awsCli('ListFaces', { CollectionId: collection }, serviceUrl().href),
          awsCli(
            'DeleteFaces',
            { CollectionId: collection, FaceIds: [...chosen].slice(0, 3) },
            serviceUrl().href,
          ),
        ]}
      />
      {question === 'delete' && (
        <Dialog
          title={`Delete ${counted(chosen.size, 'face')}?`}
          onClose={() => setQuestion(undefined)}
        >
          <p>They are in no answer as soon as this is done. This cannot be undone.</p>
          <p class="actions">
            <button type="button" class="danger" onClick={remove}>
              Delete
            </button>
            <button type="button" onClick={() => setQuestion(undefined)}>
              Keep
            </button>
          </p>
        </Dialog>
      )}
      {question === 'associate' && (
        <AssociateDialog
          collection={collection}
          faceIds={[...chosen]}
          onClose={() => setQuestion(undefined)}
          onDone={() => {
            setQuestion(undefined);
            reload();
          }}
        />
      )}
      {similarTo && (
        <SimilarDialog
          collection={collection}
          face={similarTo}
          onClose={() => setSimilarTo(undefined)}
        />
      )}
    </>
  );
}

function matches(
  { FaceId = '', ExternalImageId = '', UserId = '' }: Face,
  filter: string,
): boolean {
  return [FaceId, ExternalImageId, UserId].some((text) =>
    text.toLowerCase().includes(filter.toLowerCase()),
  );
}

interface SimilarDialogProps {
  readonly collection: string;
  readonly face: Face;
  readonly onClose: () => void;
}

function SimilarDialog({ collection, face, onClose }: SimilarDialogProps) {
  const [found, setFound] = useState<readonly FaceMatch[]>([]);
  const task = useTask();
  const input = { CollectionId: collection, FaceId: face.FaceId, FaceMatchThreshold: 80 };
  useEffect(() => {
    task.run(async (signal) => {
      const { FaceMatches = [] } = await call('SearchFaces', { ...input, MaxFaces: 50 }, signal);
      setFound(FaceMatches);
      return `${counted(FaceMatches.length, 'face')} with a similarity of 80 or more.`;
    });
  }, [face.FaceId]);
  return (
    <Dialog title="Similar faces" onClose={onClose}>
      <FaceLine face={face} />
      <Notice task={task} />
      <ul class="lines">
        {found.map(({ Face: other, Similarity }) => (
          <li key={other?.FaceId}>{other && <FaceLine face={other} similarity={Similarity} />}</li>
        ))}
      </ul>
      <AsCli lines={[awsCli('SearchFaces', input, serviceUrl().href)]} />
      <p class="actions">
        <button type="button" class="main" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
