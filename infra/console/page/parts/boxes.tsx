import type { FaceDetail } from '@aws-sdk/client-rekognition';
import type { Photograph } from '../model/photographs.ts';

interface BoxesProps {
  readonly photograph: Photograph;
  readonly faces: readonly Pick<FaceDetail, 'BoundingBox' | 'Landmarks'>[];
  readonly chosen?: number | undefined;
  readonly onChoose?: (face: number) => void;
}

/** A photograph with its faces: boxes with numbers, and the landmarks of the chosen one. */
export function Boxes({ photograph, faces, chosen, onChoose }: BoxesProps) {
  return (
    <figure class="photograph">
      <img src={photograph.url} alt={`The photograph ${photograph.name}`} />
      {faces.map(({ BoundingBox: box }, face) => (
        <button
          key={face}
          type="button"
          class="box"
          aria-label={`Face ${face + 1}`}
          aria-pressed={face === chosen}
          style={{
            left: percent(box?.Left),
            top: percent(box?.Top),
            width: percent(box?.Width),
            height: percent(box?.Height),
          }}
          onClick={() => onChoose?.(face)}
        >
          <span aria-hidden="true">{face + 1}</span>
        </button>
      ))}
      {(chosen === undefined ? [] : (faces[chosen]?.Landmarks ?? [])).map(({ Type, X, Y }) => (
        <span
          key={Type}
          class="landmark"
          aria-hidden="true"
          style={{ left: percent(X), top: percent(Y) }}
        />
      ))}
    </figure>
  );
}

function percent(share = 0): string {
  return `${100 * share}%`;
}
