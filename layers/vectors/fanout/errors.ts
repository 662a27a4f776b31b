/** Why a search over scan functions could not be completed. There is no answer from a part of the shards. */

/** They were refused for load, or did not answer in time. Their memory fills meanwhile: try again. */
export class ScannersBusyError extends Error {
  override readonly name = 'ScannersBusyError';

  constructor(options?: ErrorOptions) {
    super('The scan functions are busy; try again.', options);
  }
}

/** One of them failed again and again. */
export class ScanFailedError extends Error {
  override readonly name = 'ScanFailedError';
}

/** More vectors were found than an answer holds, and whoever asked does not take them piece by piece. */
export class TooManyCandidatesError extends Error {
  override readonly name = 'TooManyCandidatesError';
}

/** What was sent is not a task, or what came back not the answer to it. */
export class ScanProtocolError extends Error {
  override readonly name = 'ScanProtocolError';
}
