import type { User } from '@aws-sdk/client-rekognition';
import { useEffect, useId, useState } from 'preact/hooks';
import { recollectCli } from '../model/cli.ts';
import { carryOut, facesOf, type Merge, MOST_FACES, newMerge, undo } from '../model/merge.ts';
import { counted } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Notice } from '../parts/notice.tsx';
import { useTask } from '../parts/task.ts';

interface MergeDialogProps {
  readonly collection: string;
  readonly into: string;
  readonly people: readonly User[];
  /** Who resembles the person, the most alike first. */
  readonly alike: readonly (readonly [userId: string, similarity: number])[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

interface Preview {
  readonly own: number;
  readonly faceIds: readonly string[];
}

/** Chooses who is the same person, shows what would happen, does it, and takes it back. */
export function MergeDialog(props: MergeDialogProps) {
  const { collection, into, people, alike, onClose, onDone } = props;
  const [from, setFrom] = useState(alike[0]?.[0] ?? '');
  const [preview, setPreview] = useState<Preview>();
  const [done, setDone] = useState<Merge>();
  const task = useTask();
  const list = useId();
  const isSomebody = from !== into && people.some(({ UserId }) => UserId === from);
  useEffect(() => {
    setPreview(undefined);
    if (!isSomebody || done) return;
    task.run(async (signal) => {
      const [own, faceIds] = await Promise.all([
        facesOf(collection, into, signal),
        facesOf(collection, from, signal),
      ]);
      setPreview({ own: own.length, faceIds });
      return undefined;
    });
  }, [from, isSomebody]);
  const total = preview && preview.own + preview.faceIds.length;
  const isTooMany = total !== undefined && total > MOST_FACES;
  const likeness = alike.find(([userId]) => userId === from)?.[1];
  const merge = () =>
    task.run(async () => {
      const whole = newMerge({ collection, into, from, faceIds: preview?.faceIds ?? [] });
      await carryOut(whole);
      setDone(whole);
      onDone();
      return `${from} and ${into} are one person now, ${into}.`;
    });
  const takeBack = (merged: Merge) =>
    task.run(async () => {
      await undo(merged);
      setDone(undefined);
      onDone();
      return `${merged.from} is there again, with ${counted(merged.faceIds.length, 'face')}.`;
    });
  const CollectionId = collection;
  return (
    <Dialog title={`Who is the same person as ${into}?`} onClose={onClose}>
      <p class="field">
        <label for={list}>The person who goes into {into}</label>
        <input
          id={list}
          type="text"
          value={from}
          list={`${list}-people`}
          autocomplete="off"
          onInput={({ currentTarget }) => setFrom(currentTarget.value)}
        />
        <datalist id={`${list}-people`}>
          {people.map(({ UserId }) => (
            <option key={UserId} value={UserId} />
          ))}
        </datalist>
      </p>
      {preview && !done && (
        <p>
          {from} has {counted(preview.faceIds.length, 'face')}, {into} has {preview.own}.{' '}
          {likeness === undefined
            ? 'They are not among the people most alike: look twice.'
            : `Their similarity is ${likeness.toFixed(0)}.`}{' '}
          {isTooMany
            ? `Together they would have ${total}, and a person has ${MOST_FACES} at most.`
            : `${into} would have ${total}, and ${from} would be gone.`}
        </p>
      )}
      <Notice task={task} />
      <p class="actions">
        {done ? (
          <button type="button" onClick={() => takeBack(done)} disabled={task.isBusy}>
            Undo
          </button>
        ) : (
          <button
            type="button"
            class="main"
            disabled={preview === undefined || isTooMany || task.isBusy}
            onClick={merge}
          >
            Merge {from} into {into}
          </button>
        )}
        <button type="button" onClick={onClose}>
          {done ? 'Close' : 'Cancel'}
        </button>
      </p>
      <AsCli
        lines={[recollectCli('merge-users', { CollectionId, UserId: into, SourceUserId: from })]}
      />
    </Dialog>
  );
}
