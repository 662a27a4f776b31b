/**
 * One face, read at its own roll.
 *
 * The mesh knows upright faces only and is as sure of itself when it reads one upside down, eyes where the
 * nostrils are. So its crop is first turned until the roll head sees the face upright in it, and in the
 * end the two must agree: on the crop that the mesh itself suggests, the head must see an upright face.
 */
import type { Box } from './face.ts';
import { type Look, lookAt, type Mesh, type Region, regionOfBox, regionOfMesh } from './mesh.ts';
import type { Pixels } from './pixels.ts';
import { type Roll, rollOf } from './roll.ts';
import type { Sessions } from './sessions.ts';

export interface Reading {
  readonly mesh: Mesh;
  /** 0..1: how surely the head sees the face upright where the mesh says that it is. */
  readonly agreement: number;
}

/** Within this the mesh finds its way by itself: the second crop is level with the eyes that it saw. */
const LEVEL = radians(30);

/** A head less certain than this does not tell a direction. */
const CERTAIN = 0.5;

/** Looks that turn the crop, before every direction is tried. */
const TURNS = 2;

/** From here on a reading is taken. */
export const AGREES = 0.5;

interface Seen {
  readonly region: Region;
  readonly look: Look;
  readonly roll: Roll;
}

/**
 * @param box of the face in pixels.
 * @param angle in radians by which the face is turned clockwise, as far as known.
 * @param gain by which its light is raised.
 * @returns the reading that agrees best with itself; whether that is enough is for the caller to say.
 */
export async function readFace(
  pixels: Pixels,
  box: Box,
  angle: number,
  gain: number,
  sessions: Sessions,
): Promise<Reading> {
  const see = async (region: Region): Promise<Seen> => {
    const look = await lookAt(pixels, region, gain, sessions);
    return { region, look, roll: await rollOf(look, sessions) };
  };
  const refine = async ({ look }: Seen): Promise<Reading> => {
    const refined = await see(regionOfMesh(look));
    return { mesh: refined.look, agreement: agreementOf(refined.roll, look.presence) };
  };

  const seen = [await see(regionOfBox(box, angle))];
  for (let turn = 0; turn < TURNS && !isLevel(seen.at(-1)!); turn++) {
    seen.push(await see(turned(seen.at(-1)!)));
  }
  const first = await refine(seen.at(-1)!);
  if (first.agreement >= AGREES) return first;

  // In doubt: look from all four sides, and follow what most looks say.
  for (const side of [0, 1, 2, 3]) {
    seen.push(await see(regionOfBox(box, angle + (side * Math.PI) / 2)));
  }
  const second = await see(regionOfBox(box, consensus(seen)));
  const again = await refine(second);
  return again.agreement > first.agreement ? again : first;
}

function isLevel({ roll }: Seen): boolean {
  return Math.abs(roll.angle) <= LEVEL && roll.certainty >= CERTAIN;
}

function turned({ region, roll }: Seen): Region {
  return { ...region, angle: region.angle + roll.angle };
}

/** The direction of the sum of what all looks say, each as long as it is certain. */
function consensus(seen: readonly Seen[]): number {
  let [x, y] = [0, 0];
  for (const { region, roll } of seen) {
    x += roll.certainty ** 2 * Math.cos(region.angle + roll.angle);
    y += roll.certainty ** 2 * Math.sin(region.angle + roll.angle);
  }
  return Math.atan2(y, x);
}

function agreementOf({ angle, certainty }: Roll, presence: number): number {
  void presence;
  return Math.max(0, Math.min(1, certainty) * Math.cos(angle));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
