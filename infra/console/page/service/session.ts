/**
 * Whose calls these are: an access key that somebody pasted, or nobody's. It is held in memory and nowhere else:
 * no cookie, no storage, gone with the page.
 */
import type { AccessKey } from './signing.ts';

let key: AccessKey | undefined;

export function accessKey(): AccessKey | undefined {
  return key;
}

export function useKey(given: AccessKey | undefined): void {
  key = given;
}

/** The address of the API: the page lies in a folder below it. Ends in a slash. */
export function serviceUrl(): URL {
  return new URL('../', document.baseURI);
}
