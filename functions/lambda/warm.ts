/**
 * The event that keeps an environment of a function from being taken away, and has it load what the first request
 * would wait for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from '../common/services.ts';
import { WARM } from './warm-event.ts';

/** Long enough that several such events at the same time find an environment each. */
const WARM_MS = 250;

/** A grey square: nothing is found, by what finds faces. */
const GREY =
  'iVBORw0KGgoAAAANSUhEUgAAAGAAAABgAQMAAADYVuV7AAAAA1BMVEWIiIhYZW6zAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAEklEQVQ4jWNgGAWjYBSMguEJAATgAAEohTyIAAAAAElFTkSuQmCC';

export function isWarmEvent(event: object): boolean {
  return 'recollect' in event && event.recollect === WARM.recollect;
}

/** Loads the runtime of the models and the detector. */
export async function warm({ inference }: Pick<Services, 'inference'>): Promise<undefined> {
  await Promise.all([
    sleep(WARM_MS),
    inference.read(Buffer.from(GREY, 'base64')).then((picture) => inference.findFaces(picture)),
  ]);
}
