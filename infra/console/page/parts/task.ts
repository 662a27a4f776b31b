/** Something that takes time: what it is doing, what came of it, and how to call it off. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { inWords } from '../model/words.ts';

export interface Task {
  readonly isBusy: boolean;
  /** What is said of it: progress, a result, or why it failed. */
  readonly note: string;
  readonly hasFailed: boolean;
  /** Calls off what runs, and starts anew. */
  run(
    work: (signal: AbortSignal, say: (note: string) => void) => Promise<string | undefined>,
  ): void;
  stop(): void;
}

type State = Pick<Task, 'isBusy' | 'note' | 'hasFailed'>;

const IDLE: State = { isBusy: false, note: '', hasFailed: false };

export function useTask(): Task {
  const [state, setState] = useState(IDLE);
  const current = useRef<AbortController>(undefined);
  const stop = useCallback(() => {
    current.current?.abort();
    current.current = undefined;
    setState((was) => ({ ...was, isBusy: false }));
  }, []);
  const run = useCallback<Task['run']>((work) => {
    current.current?.abort();
    const controller = new AbortController();
    current.current = controller;
    const show = (next: State) => {
      if (current.current === controller) setState(next);
    };
    show({ isBusy: true, note: '', hasFailed: false });
    work(controller.signal, (note) => show({ isBusy: true, note, hasFailed: false })).then(
      (note = '') => show({ isBusy: false, note, hasFailed: false }),
      (error: unknown) => show({ isBusy: false, note: inWords(error), hasFailed: true }),
    );
  }, []);
  useEffect(() => () => current.current?.abort(), []);
  return { ...state, run, stop };
}
