/** Texts of the service that clients compare as strings, exactly as it writes them. */

/** Of an image that no operation takes: a side under 80 pixels, both or neither of Bytes and S3Object. */
export const INVALID_PARAMETERS = 'Request has Invalid Parameters';

/** Of CompareFaces, where one of the images has no face. */
export const NOTHING_TO_COMPARE = 'Request has invalid parameters';

/** Of a search by an image without a face. */
export const NO_FACES = 'There are no faces in the image. Should be at least 1.';

/** Of a search by an id that the collection does not know. */
export const UNKNOWN_FACE_ID = 'faceId was not found in the collection.';

/** Of a request that is turned away because too many others are being answered. */
export const SLOW_DOWN = 'Slow down; sudden increase in rate of requests.';
