/**
 * One face, read at its own roll.
 *
 * The mesh knows upright faces only and is as sure of itself when it reads one upside down, eyes where the
 * nostrils are. So its crop is first turned until the roll head sees the face upright in it, and in the
 * end the two must agree: on the crop that the mesh itself suggests, the head must see an upright face.
 */
import type { Box } from './face.ts';
import { lookAt, type Mesh, type Region, regionOfBox, regionOfMesh } from './mesh.ts';
import type { Pixels } from './pixels.ts';
import { type Roll, rollsOf } from './roll.ts';
import type { Sessions } from './sessions.ts';

export interface Reading {
  readonly mesh: Mesh;
  /** 0..1: how surely the head sees the face upright where the mesh says that it is. */
  readonly agreement: number;
  /** What the head saw first, before any mesh was believed; the angle is that of the face in the picture. */
  readonly firstSight: Roll;
  /** Whether a crop was turned further on the way, against the angle that was known. */
  readonly wasTurned: boolean;
}

/** Within this the mesh finds its way by itself: the second crop is level with the eyes that it saw. */
const LEVEL = Math.PI / 6;

/** A head less certain than this tells no direction. */
export const CERTAIN = 0.4;

/** How often the crop is turned further, at the most. */
const MOST_TURNS = 2;

/** What is known of a face before it is read. */
export interface Approach {
  /** Of the face in pixels. */
  readonly box: Box;
  /** Radians by which the face is turned clockwise, as far as known. */
  readonly angle: number;
  /** By which its light is raised. */
  readonly gain: number;
}

/**
 * Reads faces, each at its own roll, and all of them in step, so that the networks look at several at once.
 *
 * @param mostTurns how often a crop may be turned further; with 0 the angle is believed.
 * @returns the reading of each face, in order.
 */
export async function readFaces(
  pixels: Pixels,
  faces: readonly Approach[],
  sessions: Sessions,
  mostTurns = MOST_TURNS,
): Promise<Reading[]> {
  const see = async (regions: readonly { face: number; region: Region }[]) => {
    const sights = regions.map(({ face, region }) => ({ region, gain: faces[face]!.gain }));
    const looks = await lookAt(pixels, sights, sessions);
    const rolls = await rollsOf(looks, sessions);
    return regions.map(({ face, region }, i) => {
      return { face, region, look: looks[i]!, roll: rolls[i]! };
    });
  };
  const seen = await see(
    faces.map(({ box, angle }, face) => ({ face, region: regionOfBox(box, angle) })),
  );
  const firstSights = seen.map(({ roll }, face) => {
    return { ...roll, angle: faces[face]!.angle + roll.angle };
  });
  const everTurned = new Set<number>();
  for (let turn = 0; turn < mostTurns; turn++) {
    const turned = seen.filter(({ roll }) => isTurned(roll));
    for (const { face } of turned) everTurned.add(face);
    const further = turned.map(({ face, region, roll }) => {
      return { face, region: { ...region, angle: region.angle + roll.angle } };
    });
    for (const again of await see(further)) seen[again.face] = again;
  }
  const refined = await see(seen.map(({ face, look }) => ({ face, region: regionOfMesh(look) })));
  return refined.map(({ face, look, roll }) => {
    const agreement = agreementOf(roll);
    return {
      mesh: look,
      agreement,
      firstSight: firstSights[face]!,
      wasTurned: everTurned.has(face),
    };
  });
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

function isTurned({ angle, certainty }: Roll): boolean {
  return Math.abs(angle) > LEVEL && certainty >= CERTAIN;
}

function agreementOf({ angle, certainty }: Roll): number {
  return Math.max(0, Math.min(1, certainty) * Math.cos(angle));
}
