/** Where somebody is, in the address: a reload and a bookmark lead back there. */

export const SCREENS = [
  'collections',
  'try',
  'faces',
  'people',
  'duplicates',
  'outcomes',
  'videos',
  'receipts',
  'audit',
  'keys',
] as const;

export type Screen = (typeof SCREENS)[number];

export interface Route {
  readonly screen: Screen;
  /** The collection that screens are about; undefined before one is chosen. */
  readonly collection: string | undefined;
}

/** `#/faces/album`; what is not understood is the first screen. */
export function routeOf(hash: string): Route {
  const [, name = '', collection = ''] = hash.split('/');
  return {
    screen: SCREENS.find((screen) => screen === name) ?? 'collections',
    collection: decoded(collection) || undefined,
  };
}

export function hashOf({ screen, collection }: Route): string {
  return collection === undefined ? `#/${screen}` : `#/${screen}/${encodeURIComponent(collection)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
