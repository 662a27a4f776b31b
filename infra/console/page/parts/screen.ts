import type { Route } from '../model/route.ts';
import type { Collections } from './collections.ts';

/** What every screen is given. */
export interface ScreenProps {
  readonly collections: Collections;
  /** The chosen one; screens that need it are only shown with one. */
  readonly collection: string;
  readonly go: (route: Partial<Route>) => void;
}
