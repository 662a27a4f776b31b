/** Others kept putting their lines where one was to stand. */
export class TrailBusyError extends Error {
  override readonly name = 'TrailBusyError';

  constructor(chain: string) {
    super(`The audit chain ${chain} is written by too many at once.`);
  }
}
