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
  readonly identity?: Pick<TrackedFace, 'vector' | 'trust' | 'other'> | undefined;
}

interface Line {
  readonly t: number;
  readonly d: FaceDetail;
  /** The vector: float32, little-endian, base64. */
  readonly v?: string;
  readonly q?: number;
  /** The vector of the face model in which an upgrade keeps faces, like `v`. */
  readonly o?: string;
}

export function encodeSeen({ timestamp, detail, identity }: SeenFace): string {
  const line: Line = {
    t: timestamp,
    d: detail,
    ...(identity && {
      v: base64(identity.vector),
      q: identity.trust,
      ...(identity.other && { o: base64(identity.other) }),
    }),
  };
  // What is printed is float32 anyway.
  return JSON.stringify(line, (_, value) =>
    typeof value === 'number' ? Number(value.toPrecision(9)) : value,
  );
}

export function decodeSeen(text: string): SeenFace {
  const { t, d, v, q = 0, o } = JSON.parse(text) as Line;
  if (v === undefined) return { timestamp: t, detail: d };
  const other = o === undefined ? {} : { other: vectorIn(o) };
  return { timestamp: t, detail: d, identity: { vector: vectorIn(v), trust: q, ...other } };
}

function base64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function vectorIn(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  // A copy, since a buffer may begin anywhere.
  return new Float32Array(new Uint8Array(bytes).buffer);
}
