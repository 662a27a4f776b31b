import type { Face } from '@aws-sdk/client-rekognition';
import type { ComponentChildren } from 'preact';
import { Thumbnail } from './thumbnail.tsx';

interface FaceLineProps {
  readonly face: Face;
  readonly similarity?: number | undefined;
  readonly children?: ComponentChildren;
}

/** A face of a collection in one line. */
export function FaceLine({ face, similarity, children }: FaceLineProps) {
  const { FaceId, ImageId, ExternalImageId, UserId, BoundingBox } = face;
  const name = ExternalImageId ?? `Face ${FaceId?.slice(0, 8)}`;
  return (
    <div class="face">
      <Thumbnail imageId={ImageId} box={BoundingBox} label={name} />
      <span class="names">
        <strong>{name}</strong>
        <small>
          {UserId && <span class="tag">{UserId}</span>} <code>{FaceId}</code>
        </small>
      </span>
      {similarity !== undefined && <Similarity value={similarity} />}
      {children}
    </div>
  );
}

export function Similarity({ value }: { readonly value: number }) {
  return (
    <span class="similarity">
      <meter min={0} max={100} value={value} aria-hidden="true" />
      {value.toFixed(1)}
    </span>
  );
}
