/** What was seen in a part of a video, as it is kept until all parts are put together. */
import type { Infer, members } from '../../layers/protocol/index.ts';
import type { TrackedFace } from '../../layers/video/index.ts';

type FaceDetail = Infer<typeof members.FaceDetail>;

/** A face on a picture. */
export interface SeenFace {
  /** Milliseconds from the beginning of the video. */
  readonly timestamp: number;
  readonly detail: FaceDetail;
  /** Of a search. */
  readonly identity?: Pick<TrackedFace, 'vector' | 'trust'> | undefined;
}

interface Line {
  readonly t: number;
  readonly d: FaceDetail;
  /** The vector: float32, little-endian, base64. */
  readonly v?: string;
  readonly q?: number;
}

export function encodeSeen({ timestamp, detail, identity }: SeenFace): string {
  const line: Line = {
    t: timestamp,
    d: detail,
    ...(identity && {
      v: Buffer.from(
        identity.vector.buffer,
        identity.vector.byteOffset,
        identity.vector.byteLength,
      ).toString('base64'),
      q: identity.trust,
    }),
  };
  // What is printed is float32 anyway.
  return JSON.stringify(line, (_, value) =>
    typeof value === 'number' ? Number(value.toPrecision(9)) : value,
  );
}

export function decodeSeen(text: string): SeenFace {
  const { t, d, v, q = 0 } = JSON.parse(text) as Line;
  if (v === undefined) return { timestamp: t, detail: d };
  const bytes = Buffer.from(v, 'base64');
  // A copy, since a buffer may begin anywhere.
  const vector = new Float32Array(new Uint8Array(bytes).buffer);
  return { timestamp: t, detail: d, identity: { vector, trust: q } };
}
