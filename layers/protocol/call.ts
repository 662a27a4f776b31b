/** What a handler may know of the request beside its input. */
export interface Call {
  readonly requestId: string;
  readonly region: string;
  readonly accountId: string;
}
