/**
 * Types for the parts of dynalite 4 that are used; it has none of its own. `dynalite/types` is no
 * module of dynalite's but where the types live that several of its modules share.
 */

declare module 'dynalite/types' {
  export interface MemberType {
    type: string;
    notNull?: boolean;
    required?: boolean;
    tableName?: boolean;
    regex?: string;
    enum?: string[];
    lengthGreaterThanOrEqual?: number;
    lengthLessThanOrEqual?: number;
    children?: string | MemberType | MemberTypes;
  }
  export interface MemberTypes {
    [member: string]: string | MemberType;
  }
  export type Callback<T> = (error: unknown, result?: T) => void;
  export interface ItemDb {
    lock(key: string, run: (release: <F>(callback: F) => F) => void): void;
    get(key: string, callback: Callback<unknown>): void;
    put(key: string, item: unknown, callback: Callback<void>): void;
    del(key: string, callback: Callback<void>): void;
    createValueStream(range: object): NodeJS.EventEmitter;
  }
  export interface Store {
    options: { maxItemSize: number };
    getTable(name: string, callback: Callback<object>): void;
    getItemDb(name: string): ItemDb;
  }
}

declare module 'dynalite/actions/*' {
  import type { Callback, Store } from 'dynalite/types';

  const action: (
    store: Store,
    request: object,
    callback: Callback<Record<string, unknown>>,
  ) => void;
  export default action;
}

declare module 'dynalite/validations/index.js' {
  import type { MemberTypes, Store } from 'dynalite/types';

  const validations: {
    checkTypes<Request extends object>(body: object, types: MemberTypes): Request;
    checkValidations(
      request: object,
      types: MemberTypes,
      custom: ((request: object, store: Store) => string | undefined) | undefined,
      store: Store,
    ): void;
  };
  export default validations;
}

declare module 'dynalite/validations/*' {
  import type { MemberTypes, Store } from 'dynalite/types';

  const model: {
    types: MemberTypes;
    custom?: (request: object, store: Store) => string | undefined;
  };
  export default model;
}

declare module 'dynalite/db/index.js' {
  const db: {
    validateItem(item: object, table: object): Error | null | undefined;
    validateKey(key: object, table: object): Error | null | undefined;
    validateKeyPaths(nestedPaths: object | undefined, table: object): Error | null | undefined;
    createKey(keyOrItem: object, table: object): string;
    checkConditional(request: object, item: object | undefined): Error | null | undefined;
    capacityUnits(item: object | undefined, isRead: boolean, isConsistent: boolean): number;
    mapPaths<T>(paths: unknown[], item: T): T;
  };
  export default db;
}
