/** The ids of the collections that the caller may see. */
import { useEffect, useState } from 'preact/hooks';
import { call } from '../service/call.ts';
import { pages } from '../service/pages.ts';
import { type Task, useTask } from './task.ts';

export interface Collections {
  readonly ids: readonly string[];
  readonly task: Task;
  reload(): void;
}

export function useCollections(): Collections {
  const [ids, setIds] = useState<readonly string[]>([]);
  const task = useTask();
  const reload = () =>
    task.run(async (signal) => {
      const all: string[] = [];
      for await (const page of pages((NextToken) =>
        call('ListCollections', { NextToken }, signal),
      )) {
        all.push(...(page.CollectionIds ?? []));
        setIds([...all]);
      }
      setIds(all);
      return undefined;
    });
  useEffect(reload, []);
  return { ids, task, reload };
}
