import { useState } from 'preact/hooks';
import { awsCli } from '../model/cli.ts';
import { counted, reasonInWords } from '../model/words.ts';
import { call, ServiceFailure } from '../service/call.ts';
import { serviceUrl } from '../service/session.ts';
import { AsCli } from './as-cli.tsx';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { Notice } from './notice.tsx';
import { useTask } from './task.ts';

interface AssociateDialogProps {
  readonly collection: string;
  readonly faceIds: readonly string[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** The API takes a hundred faces at once. */
const AT_ONCE = 100;

/** Gives faces to a person, who is created if need be. */
export function AssociateDialog({ collection, faceIds, onClose, onDone }: AssociateDialogProps) {
  const [user, setUser] = useState('');
  const task = useTask();
  const associate = () =>
    task.run(async (signal, say) => {
      const CollectionId = collection;
      await call('CreateUser', { CollectionId, UserId: user }, signal).catch((error: unknown) => {
        const isThere = error instanceof ServiceFailure && error.name === 'ConflictException';
        if (!isThere) throw error;
      });
      const refused = new Map<string, number>();
      for (let at = 0; at < faceIds.length; at += AT_ONCE) {
        say(`${at} of ${faceIds.length}…`);
        const FaceIds = faceIds.slice(at, at + AT_ONCE);
        const answer = await call(
          'AssociateFaces',
          { CollectionId, UserId: user, FaceIds },
          signal,
        );
        for (const { Reasons = [] } of answer.UnsuccessfulFaceAssociations ?? []) {
          const reason =
            Reasons.map(reasonInWords).join(', ') || 'the person has as many as there can be';
          refused.set(reason, (refused.get(reason) ?? 0) + 1);
        }
      }
      if (refused.size === 0) {
        onDone();
        return undefined;
      }
      return [...refused]
        .map(([reason, count]) => `${counted(count, 'face')}: ${reason}.`)
        .join(' ');
    });
  return (
    <Dialog title={`Who ${faceIds.length === 1 ? 'is this' : 'are these'}?`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          associate();
        }}
      >
        <Field
          label="Person (UserId)"
          hint="A new name makes a new person"
          value={user}
          onInput={setUser}
          required
        />
        <Notice task={task} />
        <p class="actions">
          <button type="submit" class="main" disabled={task.isBusy}>
            Associate {counted(faceIds.length, 'face')}
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </p>
      </form>
      <AsCli
        lines={[
          awsCli(
            'AssociateFaces',
            { CollectionId: collection, UserId: user || 'ada', FaceIds: faceIds.slice(0, 3) },
            serviceUrl().href,
          ),
        ]}
      />
    </Dialog>
  );
}
