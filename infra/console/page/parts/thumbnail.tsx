import type { BoundingBox } from '@aws-sdk/client-rekognition';
import { useEffect, useRef } from 'preact/hooks';
import { photographOf } from '../model/photographs.ts';

interface ThumbnailProps {
  readonly imageId: string | undefined;
  readonly box: BoundingBox | undefined;
  readonly label: string;
}

const SIDE = 64;
/** Around a box, as a share of its larger side. */
const MARGIN = 0.3;

/**
 * A face cut from its photograph, where that was opened in this page. No picture is stored anywhere, so otherwise a
 * glyph stands for it.
 */
export function Thumbnail({ imageId, box, label }: ThumbnailProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const photograph = photographOf(imageId);
  useEffect(() => {
    if (!photograph || !box) return;
    let isGone = false;
    const image = new Image();
    image.src = photograph.url;
    const draw = async () => {
      await image.decode();
      const context = canvas.current?.getContext('2d');
      if (isGone || !context) return;
      const { naturalWidth: width, naturalHeight: height } = image;
      const side = (1 + MARGIN) * Math.max((box.Width ?? 0) * width, (box.Height ?? 0) * height);
      const x = ((box.Left ?? 0) + (box.Width ?? 0) / 2) * width - side / 2;
      const y = ((box.Top ?? 0) + (box.Height ?? 0) / 2) * height - side / 2;
      context.clearRect(0, 0, 2 * SIDE, 2 * SIDE);
      context.drawImage(image, x, y, side, side, 0, 0, 2 * SIDE, 2 * SIDE);
    };
    // A photograph that cannot be drawn leaves the field empty, and its label says what it stands for.
    draw().catch(() => undefined);
    return () => {
      isGone = true;
    };
  }, [photograph, box?.Left, box?.Top]);
  if (photograph && box) {
    return (
      <canvas
        ref={canvas}
        class="thumbnail"
        width={2 * SIDE}
        height={2 * SIDE}
        role="img"
        aria-label={label}
      />
    );
  }
  return (
    <span
      class="thumbnail glyph"
      role="img"
      aria-label={label}
      title="Recollect keeps no pictures. Open the photograph under Try it, and its faces are shown here."
    >
      {(imageId ?? '').slice(0, 4)}
    </span>
  );
}
