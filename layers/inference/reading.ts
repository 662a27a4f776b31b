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
  /** What the head saw first, before any mesh was believed; the angle is that of the face in the picture. */
  readonly firstSight: Roll;
}

/** Within this the mesh finds its way by itself: the second crop is level with the eyes that it saw. */
const LEVEL = Math.PI / 6;

/** A head less certain than this does not tell a direction. */
const CERTAIN = 0.5;

/** Looks that turn the crop further. */
const TURNS = 2;

/**
 * @param box of the face in pixels.
 * @param angle in radians by which the face is turned clockwise, as far as known.
 * @param gain by which its light is raised.
 */
export async function readFace(
  pixels: Pixels,
  box: Box,
  angle: number,
  gain: number,
  sessions: Sessions,
): Promise<Reading> {
  const see = async (region: Region): Promise<{ look: Look; roll: Roll }> => {
    const look = await lookAt(pixels, region, gain, sessions);
    return { look, roll: await rollOf(look, sessions) };
  };
  let region = regionOfBox(box, angle);
  let seen = await see(region);
  const firstSight = { ...seen.roll, angle: angle + seen.roll.angle };
  for (let turn = 0; turn < TURNS && !isLevel(seen.roll); turn++) {
    region = { ...region, angle: region.angle + seen.roll.angle };
    seen = await see(region);
  }
  const refined = await see(regionOfMesh(seen.look));
  return { mesh: refined.look, agreement: agreementOf(refined.roll), firstSight };
}

/** 0..1: whether both networks believe in what was read. */
export function trustIn({ mesh, agreement }: Reading): number {
  return mesh.presence * agreement;
}

/** Radians, clockwise, by the outer corners of the eyes. */
export function rollOfMesh({ vertices }: Pick<Mesh, 'vertices'>): number {
  const [left, right] = [33 * 3, 263 * 3];
  return Math.atan2(vertices[right + 1]! - vertices[left + 1]!, vertices[right]! - vertices[left]!);
}

function isLevel({ angle, certainty }: Roll): boolean {
  return Math.abs(angle) <= LEVEL && certainty >= CERTAIN;
}

function agreementOf({ angle, certainty }: Roll): number {
  return Math.max(0, Math.min(1, certainty) * Math.cos(angle));
}
