/** Where photographs are imported from. */
import type { Image } from '@aws-sdk/client-rekognition';
import type { PassedOver } from './passed-over.ts';

export interface Photograph {
  /** Below the folder or the prefix, with slashes; bytes that are no UTF-8 as in file-name.ts. */
  readonly name: string;
  /** Another one when the photograph has been replaced. */
  version(): Promise<string>;
  /** Bytes of memory that {@link image}, and a request with it, take at the most. */
  weight(): Promise<number>;
  /** For a request. @throws UnusableError, and the system's error for a file that cannot be read */
  image(): Promise<Image>;
}

export interface Source {
  /**
   * Always in the same order, as far as it has not changed.
   * @param tell told of what is found and passed over
   */
  photographs(tell?: (passed: PassedOver) => void): AsyncGenerator<Photograph>;
}

/** What a photograph's name ends with. */
export const IMAGE = /\.(jpe?g|jpe|jfif|png)$/i;

/** A photograph need not even be sent. */
export class UnusableError extends Error {
  override readonly name = 'UnusableError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
