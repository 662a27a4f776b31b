import type { Task } from './task.ts';

/** What a task says; read aloud as it changes. */
export function Notice({ task }: { readonly task: Task }) {
  return (
    <p class={task.hasFailed ? 'notice failed' : 'notice'} role="status">
      {task.isBusy && <span class="spinner" aria-hidden="true" />}
      {task.hasFailed && <strong>That did not work. </strong>}
      {task.note || (task.isBusy ? 'Working…' : '')}
      {task.isBusy && (
        <button type="button" class="quiet" onClick={task.stop}>
          Stop
        </button>
      )}
    </p>
  );
}
