/** Pictures of people who move along known paths, made of photographs: what is to be seen is known to the pixel. */
import sharp from 'sharp';
import type { RawVideo } from './clips.ts';

/** A photograph that is on the picture for some time. */
export interface Appearance {
  readonly who: string;
  readonly photo: Buffer;
  /** Seconds, the end excluded. */
  readonly from: number;
  readonly to: number;
  /** Width in pixels. */
  readonly size: number;
  /** The centre at the beginning and at the end, in ratios of the picture. */
  readonly path: readonly [readonly [x: number, y: number], readonly [x: number, y: number]];
}

export interface SceneSize {
  readonly width: number;
  readonly height: number;
  readonly rate: number;
  readonly seconds: number;
}

/** Who is where at a time: centres in ratios of the picture. */
export function truthAt(cast: readonly Appearance[], seconds: number) {
  return cast
    .filter(({ from, to }) => seconds >= from && seconds < to)
    .map(({ who, from, to, size, path: [a, b] }) => {
      const u = (seconds - from) / (to - from);
      return { who, size, x: a[0] + (b[0] - a[0]) * u, y: a[1] + (b[1] - a[1]) * u };
    });
}

/**
 * The pictures one after the other, RGB.
 * @param background by the second: another colour is another scene
 */
export async function* scenePictures(
  cast: readonly Appearance[],
  { width, height, rate, seconds }: SceneSize,
  background: (seconds: number) => string = () => '#8a9a88',
): AsyncGenerator<Buffer> {
  const photos = new Map<Appearance, Photo>();
  for (const one of cast) photos.set(one, await sized(one));
  for (let i = 0; i < Math.round(rate * seconds); i++) {
    const time = i / rate;
    const present = cast.filter(({ from, to }) => time >= from && time < to);
    const places = truthAt(cast, time);
    const layers = [];
    for (const [j, one] of present.entries()) {
      const { input, width: w, height: h } = photos.get(one)!;
      const { x, y } = places[j]!;
      const left = Math.round(x * width - w / 2);
      const top = Math.round(y * height - h / 2);
      const visible = {
        left: Math.max(0, -left),
        top: Math.max(0, -top),
        width: Math.min(w, width - left) - Math.max(0, -left),
        height: Math.min(h, height - top) - Math.max(0, -top),
      };
      if (visible.width < 8 || visible.height < 8) continue;
      layers.push({
        input: await sharp(input).extract(visible).toBuffer(),
        left: Math.max(0, left),
        top: Math.max(0, top),
      });
    }
    const canvas = { width, height, channels: 3, background: background(time) } as const;
    yield await sharp({ create: canvas }).composite(layers).removeAlpha().raw().toBuffer();
  }
}

/** All pictures of {@link scenePictures}, in memory. */
export async function scene(
  cast: readonly Appearance[],
  size: SceneSize,
  background?: (seconds: number) => string,
): Promise<RawVideo> {
  const frames: Buffer[] = [];
  for await (const frame of scenePictures(cast, size, background)) frames.push(frame);
  return { width: size.width, height: size.height, rate: size.rate, frames };
}

interface Photo {
  readonly input: Buffer;
  readonly width: number;
  readonly height: number;
}

async function sized({ photo, size }: Appearance): Promise<Photo> {
  const { data, info } = await sharp(photo)
    .resize(size)
    .png()
    .toBuffer({ resolveWithObject: true });
  return { input: data, width: info.width, height: info.height };
}
