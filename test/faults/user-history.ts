/**
 * What clients have been told about who a face belongs to, and whether what is true in the end can be
 * explained by it.
 *
 * An effect holds for a face from some moment between the beginning and the end of its request. What is
 * true in the end must be the effect of some request; and no request that was acknowledged, and began
 * after that one had ended, may have had another effect on the face.
 */

/** The id of a user, or what a face is without one. */
export type FaceState = { readonly user: string } | 'free' | 'absent';

export interface Effect {
  readonly face: string;
  /**
   * What the face is afterwards; or whose it is not, after a user's deletion; or only that it is there,
   * after an insertion, which changes nothing of a face that is there already.
   */
  readonly becomes: FaceState | { readonly notOf: string } | 'present';
}

export interface Event {
  readonly begun: number;
  readonly ended: number;
  /** Otherwise the request may have had its effects or not. */
  readonly acknowledged: boolean;
  readonly effects: readonly Effect[];
}

/** @returns what is wrong, or undefined */
export function unexplained(
  face: string,
  final: FaceState,
  history: readonly Event[],
): string | undefined {
  const touching = history.flatMap((event) =>
    event.effects.filter((effect) => effect.face === face).map((effect) => ({ ...event, effect })),
  );
  const candidates = touching.filter(({ effect }) => leadsTo(effect.becomes, final));
  const overruled = (ended: number) =>
    touching.some(
      (later) => later.acknowledged && later.begun > ended && !agrees(later.effect.becomes, final),
    );
  if (candidates.some(({ ended }) => !overruled(ended))) return undefined;
  return `Face ${face} is ${JSON.stringify(final)}, which contradicts what was acknowledged.`;
}

function leadsTo(becomes: Effect['becomes'], final: FaceState): boolean {
  if (becomes === 'present' || (typeof becomes === 'object' && 'notOf' in becomes))
    return final === 'free';
  return agrees(becomes, final);
}

function agrees(becomes: Effect['becomes'], final: FaceState): boolean {
  if (becomes === 'present') return final !== 'absent';
  if (typeof becomes === 'string') return becomes === final;
  if ('notOf' in becomes) return typeof final === 'string' || final.user !== becomes.notOf;
  return typeof final === 'object' && final.user === becomes.user;
}
