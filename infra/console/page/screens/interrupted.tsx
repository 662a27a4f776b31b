import { useState } from 'preact/hooks';
import { carryOut, interruptedMerge, type Merge, undo } from '../model/merge.ts';
import { Notice } from '../parts/notice.tsx';
import { useTask } from '../parts/task.ts';

interface InterruptedProps {
  readonly collection: string;
  readonly onChanged: () => void;
}

/** A merge that a reload or a fault has cut off: to be ended one way or the other. */
export function Interrupted({ collection, onChanged }: InterruptedProps) {
  const [merge, setMerge] = useState(() => interruptedMerge(collection));
  const task = useTask();
  if (!merge) return null;
  const end = (how: (merge: Merge) => Promise<void>, said: string) =>
    task.run(async () => {
      await how(merge);
      setMerge(undefined);
      onChanged();
      return said;
    });
  return (
    <section class="side" aria-label="An interrupted merge">
      <p>
        Merging {merge.from} into {merge.into} was interrupted. No face is lost.
      </p>
      <Notice task={task} />
      <p class="actions">
        <button type="button" class="main" onClick={() => end(carryOut, 'Merged.')}>
          Go on
        </button>
        <button type="button" onClick={() => end(undo, 'Taken back.')}>
          Undo
        </button>
      </p>
    </section>
  );
}
