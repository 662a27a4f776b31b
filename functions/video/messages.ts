/** The messages of the video queue: which step of which job comes next. */
export type VideoStep =
  | { readonly step: 'plan' | 'merge' | 'notify'; readonly jobId: string }
  | { readonly step: 'part'; readonly jobId: string; readonly part: number }
  | { readonly step: 'sweep' };

/** Where steps are asked for; a call resolves when the step is certain to be taken. */
export interface VideoQueue {
  send(step: VideoStep): Promise<void>;
}

/** A message that none of this project's functions has sent. */
export class VideoMessageError extends Error {
  override readonly name = 'VideoMessageError';
}

/** @throws VideoMessageError, SyntaxError */
export function readStep(body: string): VideoStep {
  const parsed: unknown = JSON.parse(body);
  const { step, jobId, part }: Readonly<Record<string, unknown>> =
    typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  if (step === 'sweep') return { step };
  if (typeof jobId === 'string') {
    if (step === 'plan' || step === 'merge' || step === 'notify') return { step, jobId };
    if (step === 'part' && typeof part === 'number' && Number.isInteger(part) && part >= 0) {
      return { step, jobId, part };
    }
  }
  throw new VideoMessageError('Not a step of a job on video.');
}
