import type { FaceDetail, FaceMatch, UserMatch } from '@aws-sdk/client-rekognition';
import { useEffect, useState } from 'preact/hooks';
import { awsCli } from '../model/cli.ts';
import { base64, type Photograph } from '../model/photographs.ts';
import { counted } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { Attributes } from '../parts/attributes.tsx';
import { Boxes } from '../parts/boxes.tsx';
import { DropZone } from '../parts/drop-zone.tsx';
import { FaceLine, Similarity } from '../parts/face-line.tsx';
import { Notice } from '../parts/notice.tsx';
import type { ScreenProps } from '../parts/screen.ts';
import { useTask } from '../parts/task.ts';
import { Threshold } from '../parts/threshold.tsx';
import { call } from '../service/call.ts';
import { serviceUrl } from '../service/session.ts';
import { IndexPart } from './index-part.tsx';

type TryItProps = Omit<ScreenProps, 'collection'> & { readonly collection: string | undefined };

/** A photograph: what is seen in it, who it is, and into a collection with it. */
export function TryItScreen({ collection }: TryItProps) {
  const [photograph, setPhotograph] = useState<Photograph>();
  const [faces, setFaces] = useState<readonly FaceDetail[]>([]);
  const [chosen, setChosen] = useState<number>();
  const task = useTask();
  const look = (given: Photograph) => {
    setPhotograph(given);
    setFaces([]);
    setChosen(undefined);
    task.run(async (signal, say) => {
      say('Looking at the photograph…');
      const Image = { Bytes: base64(given.bytes) };
      const answer = await call('DetectFaces', { Image, Attributes: ['ALL'] }, signal);
      const found = answer.FaceDetails ?? [];
      setFaces(found);
      setChosen(found.length > 0 ? 0 : undefined);
      return `${counted(found.length, 'face')} found.`;
    });
  };
  const picture = `--image-bytes fileb://${photograph?.name ?? 'photo.jpg'}`;
  return (
    <>
      <h1>Try it</h1>
      <DropZone onPhotographs={([given]) => given && look(given)} />
      <Notice task={task} />
      {photograph && (
        <div class="columns">
          <Boxes photograph={photograph} faces={faces} chosen={chosen} onChoose={setChosen} />
          <FaceList faces={faces} chosen={chosen} onChoose={setChosen} />
        </div>
      )}
      {photograph && (
        <AsCli
          lines={[`${awsCli('DetectFaces', { Attributes: 'ALL' }, serviceUrl().href)} ${picture}`]}
        />
      )}
      {photograph && collection !== undefined && (
        <>
          <SearchPart photograph={photograph} collection={collection} />
          <IndexPart photographs={[photograph]} collection={collection} />
        </>
      )}
      {photograph && collection === undefined && (
        <p class="empty">Choose a collection above to search it, or to index this photograph.</p>
      )}
      {!photograph && (
        <p class="hint">
          The photograph goes to your service and to nobody else, and the service keeps no picture.
        </p>
      )}
    </>
  );
}

interface FaceListProps {
  readonly faces: readonly FaceDetail[];
  readonly chosen: number | undefined;
  readonly onChoose: (face: number) => void;
}

function FaceList({ faces, chosen, onChoose }: FaceListProps) {
  const face = chosen === undefined ? undefined : faces[chosen];
  return (
    <section class="side" aria-label="Faces in the photograph">
      <ol class="choices">
        {faces.map(({ Confidence = 0 }, i) => (
          <li key={i}>
            <button type="button" aria-pressed={i === chosen} onClick={() => onChoose(i)}>
              Face {i + 1} <small>{Confidence.toFixed(1)} %</small>
            </button>
          </li>
        ))}
      </ol>
      {face && <Attributes face={face} />}
    </section>
  );
}

interface SearchPartProps {
  readonly photograph: Photograph;
  readonly collection: string;
}

interface Found {
  readonly faces: readonly FaceMatch[];
  readonly users: readonly UserMatch[];
}

const MOST = 100;

function SearchPart({ photograph, collection }: SearchPartProps) {
  const [threshold, setThreshold] = useState(80);
  const [found, setFound] = useState<Found>();
  const [count, setCount] = useState<number>();
  const task = useTask();
  useEffect(() => {
    setFound(undefined);
    call('DescribeCollection', { CollectionId: collection }).then(
      ({ FaceCount }) => setCount(FaceCount),
      () => setCount(undefined),
    );
  }, [collection, photograph]);
  const search = () =>
    task.run(async (signal, say) => {
      say(`Searching ${collection}…`);
      const Image = { Bytes: base64(photograph.bytes) };
      const common = { CollectionId: collection, Image };
      const [faces, users] = await Promise.all([
        call(
          'SearchFacesByImage',
          { ...common, FaceMatchThreshold: threshold, MaxFaces: MOST },
          signal,
        ),
        call(
          'SearchUsersByImage',
          { ...common, UserMatchThreshold: threshold, MaxUsers: MOST },
          signal,
        ),
      ]);
      const result = { faces: faces.FaceMatches ?? [], users: users.UserMatches ?? [] };
      setFound(result);
      if (result.faces.length + result.users.length === 0) {
        return `Nobody in ${collection} is that similar to the largest face. An unknown person is an answer too.`;
      }
      return `${counted(result.users.length, 'person', 'people')} and ${counted(result.faces.length, 'face')}.`;
    });
  return (
    <section>
      <h2>Who is it?</h2>
      <Threshold value={threshold} onInput={setThreshold} faces={count} />
      <button type="button" class="main" onClick={search} disabled={task.isBusy}>
        Search {collection} for the largest face
      </button>
      <Notice task={task} />
      <ul class="lines">
        {found?.users.map(({ User, Similarity: similarity = 0 }) => (
          <li key={`user ${User?.UserId}`} class="face">
            <span class="thumbnail glyph" aria-hidden="true">
              {User?.UserId?.slice(0, 2)}
            </span>
            <span class="names">
              <strong>{User?.UserId}</strong>
              <small>a person</small>
            </span>
            <Similarity value={similarity} />
          </li>
        ))}
        {found?.faces.map(({ Face, Similarity: similarity }) => (
          <li key={Face?.FaceId}>{Face && <FaceLine face={Face} similarity={similarity} />}</li>
        ))}
      </ul>
      <AsCli
        lines={[
          `${awsCli('SearchFacesByImage', { CollectionId: collection, FaceMatchThreshold: threshold }, serviceUrl().href)} --image-bytes fileb://${photograph.name}`,
        ]}
      />
    </section>
  );
}
