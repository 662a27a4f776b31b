/** What is known of a picture before a pixel of it is decoded. */
export interface Header {
  /** As stored, in pixels. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1..8: how the stored picture has to be turned to stand upright. */
  readonly orientation: number;
  /**
   * Bytes that any decoder must hold at once before it can give the first row: 0 where rows come one after
   * another, as in most files; everything where the picture is stored coarse to fine.
   */
  readonly heldBytes: number;
  /** How often a decoder goes over the picture or a channel of it, however few bytes the file spends on that. */
  readonly scans: number;
  /** Of the held bytes, those that each scan goes over, summed over all scans. */
  readonly scannedBytes: number;
  /** Whether the end of the picture is marked. What is not may still be there to its last pixel. */
  readonly ended: boolean;
  /** A file of the same pixels that has an end and nothing that is not needed to decode them. */
  readonly bytes: Uint8Array;
}
