import type { UnindexedFace } from '@aws-sdk/client-rekognition';
import { useState } from 'preact/hooks';
import { awsCli } from '../model/cli.ts';
import { base64, type Photograph } from '../model/photographs.ts';
import { counted, inWords, reasonInWords } from '../model/words.ts';
import { AsCli } from '../parts/as-cli.tsx';
import { Field } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { useTask } from '../parts/task.ts';
import { call } from '../service/call.ts';
import { serviceUrl } from '../service/session.ts';

interface IndexPartProps {
  readonly photographs: readonly Photograph[];
  readonly collection: string;
  readonly onIndexed?: () => void;
}

interface Result {
  readonly name: string;
  readonly indexed: number;
  readonly unindexed: readonly Pick<UnindexedFace, 'Reasons'>[];
  readonly problem?: string;
}

/** Photographs into a collection, and which faces did not get in and why. */
export function IndexPart({ photographs, collection, onIndexed }: IndexPartProps) {
  const [externalId, setExternalId] = useState('');
  const [results, setResults] = useState<readonly Result[]>([]);
  const task = useTask();
  const index = () =>
    task.run(async (signal, say) => {
      const done: Result[] = [];
      setResults([]);
      for (const photograph of photographs) {
        say(`${done.length} of ${photographs.length}: ${photograph.name}`);
        done.push(await indexOne(collection, photograph, externalId || undefined, signal));
        setResults([...done]);
      }
      onIndexed?.();
      const faces = done.reduce((sum, { indexed }) => sum + indexed, 0);
      return `${counted(faces, 'face')} of ${counted(done.length, 'photograph')} in ${collection}. The same photograph again adds nothing.`;
    });
  return (
    <section>
      <h2>Into {collection}</h2>
      <Field
        label="Name of the photograph (ExternalImageId)"
        hint="Letters, digits and _ . - : only; may be left out"
        value={externalId}
        onInput={setExternalId}
      />
      <button
        type="button"
        class="main"
        onClick={index}
        disabled={task.isBusy || photographs.length === 0}
      >
        Index {counted(photographs.length, 'photograph')}
      </button>
      <Notice task={task} />
      <ul class="lines">
        {results.map(({ name, indexed, unindexed, problem }) => (
          <li key={name}>
            <strong>{name}</strong>: {problem ?? `${counted(indexed, 'face')} indexed`}
            {unindexed.map(({ Reasons = [] }, i) => (
              <small key={i} class="reason">
                {' '}
                not indexed: {Reasons.map(reasonInWords).join(', ')}
              </small>
            ))}
          </li>
        ))}
      </ul>
      <AsCli
        lines={[
          `${awsCli('IndexFaces', { CollectionId: collection, ExternalImageId: externalId || undefined }, serviceUrl().href)} --image-bytes fileb://${photographs[0]?.name ?? 'photo.jpg'}`,
        ]}
      />
    </section>
  );
}

/** What one photograph came to; a photograph that cannot be read does not end the others. */
async function indexOne(
  CollectionId: string,
  { name, bytes }: Photograph,
  ExternalImageId: string | undefined,
  signal: AbortSignal,
): Promise<Result> {
  try {
    const answer = await call(
      'IndexFaces',
      { CollectionId, ExternalImageId, Image: { Bytes: base64(bytes) } },
      signal,
    );
    const { FaceRecords = [], UnindexedFaces = [] } = answer;
    return { name, indexed: FaceRecords.length, unindexed: UnindexedFaces };
  } catch (error) {
    if (signal.aborted) throw error;
    return { name, indexed: 0, unindexed: [], problem: inWords(error) };
  }
}
