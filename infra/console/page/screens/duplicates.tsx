import type { Face } from '@aws-sdk/client-rekognition';
import { useState } from 'preact/hooks';
import { recollectCli } from '../model/cli.ts';
import { counted } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { FaceLine, Similarity } from '../parts/face-line.tsx';
import { Notice } from '../parts/notice.tsx';
import type { ScreenProps } from '../parts/screen.ts';
import { useTask } from '../parts/task.ts';
import { Threshold } from '../parts/threshold.tsx';
import { call, callExtension } from '../service/call.ts';
import type { Duplicates, FacePair, UserPair } from '../service/extensions.ts';
import { pages } from '../service/pages.ts';
import { serviceUrl } from '../service/session.ts';

/** Pairs that are shown; whoever has more begins with the most alike, by a higher threshold. */
const MOST = 500;

/** Pairs of faces and of people who may be the same. Nothing is merged or deleted by itself. */
export function DuplicatesScreen({ collection, go }: ScreenProps) {
  const [threshold, setThreshold] = useState(99);
  const [faces, setFaces] = useState<readonly FacePair[]>([]);
  const [people, setPeople] = useState<readonly UserPair[]>([]);
  const task = useTask();
  const acting = useTask();
  const find = () =>
    task.run(async (signal, say) => {
      setFaces([]);
      setPeople([]);
      let found = 0;
      for (const Of of ['USERS', 'FACES']) {
        const next = (NextToken: string | undefined) =>
          callExtension<Duplicates>(
            'FindDuplicates',
            { CollectionId: collection, Of, SimilarityThreshold: threshold, NextToken },
            signal,
          );
        for await (const { FacePairs = [], UserPairs = [] } of pages(next)) {
          found += FacePairs.length + UserPairs.length;
          say(`${counted(found, 'pair')} so far…`);
          setPeople((was) => [...was, ...UserPairs].slice(0, MOST));
          setFaces((was) => [...was, ...FacePairs].slice(0, MOST));
          if (found > MOST) return `The first ${MOST} pairs. A higher similarity finds fewer.`;
        }
      }
      return `${counted(found, 'pair')} with a similarity of ${threshold} or more.`;
    });
  const remove = ({ FaceId = '' }: Face) =>
    acting.run(async (signal) => {
      const input = { CollectionId: collection, FaceIds: [FaceId] };
      const answer = await call('DeleteFaces', input, signal);
      if ((answer.DeletedFaces ?? []).length === 0) {
        return 'It stays: it belongs to a person. Take it from the person first.';
      }
      setFaces((was) =>
        was.filter(
          ({ Face: one, OtherFace: other }) => ![one.FaceId, other.FaceId].includes(FaceId),
        ),
      );
      return 'One face deleted.';
    });
  const flags = { CollectionId: collection, SimilarityThreshold: threshold };
  const cli = (Of: string) =>
    recollectCli('find-duplicates', { ...flags, Of, Endpoint: serviceUrl().href });
  return (
    <>
      <h1>Duplicates in {collection}</h1>
      <Threshold value={threshold} onInput={setThreshold} />
      <button type="button" class="main" onClick={find} disabled={task.isBusy}>
        Find duplicates
      </button>
      <Notice task={task} />
      <Notice task={acting} />
      {people.length > 0 && (
        <section>
          <h2>People who may be one</h2>
          <ul class="lines">
            {people.map(({ User: one, OtherUser: other, Similarity: value }) => (
              <li key={`${one.UserId} ${other.UserId}`} class="face">
                <span class="names">
                  <strong>
                    {one.UserId} and {other.UserId}
                  </strong>
                </span>
                <Similarity value={value} />
                <button type="button" onClick={() => go({ screen: 'people' })}>
                  Look<span class="sr"> at {one.UserId}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {faces.length > 0 && (
        <section>
          <h2>Faces that may be of one photograph or person</h2>
          <ul class="lines">
            {faces.map(({ Face: one, OtherFace: other, Similarity: value }) => (
              <li key={`${one.FaceId} ${other.FaceId}`} class="pair">
                {[one, other].map((face) => (
                  <FaceLine key={face.FaceId} face={face}>
                    <button type="button" class="quiet danger" onClick={() => remove(face)}>
                      Delete<span class="sr"> {face.FaceId}</span>
                    </button>
                  </FaceLine>
                ))}
                <Similarity value={value} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <AsCli lines={[cli('FACES'), cli('USERS')]} />
    </>
  );
}
