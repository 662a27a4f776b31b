/**
 * The shapes that several operations share, named and constrained as in the API's model
 * (2016-06-27). A test compares every operation's input and output with the published model.
 */
import {
  blob,
  boolean,
  enumeration,
  float,
  integer,
  list,
  map,
  string,
  structure,
} from './shapes.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

export const CollectionId = string({ min: 1, max: 255, pattern: '[a-zA-Z0-9_.\\-]+' });
export const UserId = string({ min: 1, max: 128, pattern: '[a-zA-Z0-9_.\\-:]+' });
export const ExternalImageId = string({ min: 1, max: 255, pattern: '[a-zA-Z0-9_.\\-:]+' });
export const FaceId = string({ pattern: UUID });
export const ImageId = string({ pattern: UUID });
export const FaceIdList = list(FaceId, { min: 1, max: 4096 });
export const UserFaceIdList = list(FaceId, { min: 1, max: 100 });
export const ClientRequestToken = string({ min: 1, max: 64, pattern: '^[a-zA-Z0-9-_]+$' });
export const IndexFacesModelVersion = string({ pattern: '[0-9\\.]+' });
export const PaginationToken = string({ max: 255 });
export const PageSize = integer({ min: 0, max: 4096 });
export const MaxFaces = integer({ min: 1, max: 4096 });
export const MaxUserResults = integer({ min: 1, max: 500 });
export const MaxFacesToIndex = integer({ min: 1 });
export const Percent = float({ min: 0, max: 100 });
export const Degree = float({ min: -180, max: 180 });
export const UInteger = integer({ min: 0 });

export const QualityFilter = enumeration('NONE', 'AUTO', 'LOW', 'MEDIUM', 'HIGH');
export const Attribute = enumeration(
  'DEFAULT',
  'ALL',
  'AGE_RANGE',
  'BEARD',
  'EMOTIONS',
  'EYE_DIRECTION',
  'EYEGLASSES',
  'EYES_OPEN',
  'GENDER',
  'MOUTH_OPEN',
  'MUSTACHE',
  'FACE_OCCLUDED',
  'SMILE',
  'SUNGLASSES',
);
export const Attributes = list(Attribute);
export const Reason = enumeration(
  'EXCEEDS_MAX_FACES',
  'EXTREME_POSE',
  'LOW_BRIGHTNESS',
  'LOW_SHARPNESS',
  'LOW_CONFIDENCE',
  'SMALL_BOUNDING_BOX',
  'LOW_FACE_QUALITY',
);
export const OrientationCorrection = enumeration(
  'ROTATE_0',
  'ROTATE_90',
  'ROTATE_180',
  'ROTATE_270',
);

export const ResourceArn = string({ min: 20, max: 2048 });
export const TagKey = string({
  min: 1,
  max: 128,
  pattern: '^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*$',
});
export const TagValue = string({
  min: 0,
  max: 256,
  pattern: '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$',
});
export const TagMap = map(TagKey, TagValue, { min: 0, max: 200 });
export const TagKeyList = list(TagKey, { min: 0, max: 200 });

export const S3Object = structure({
  Bucket: string({ min: 3, max: 255, pattern: '[0-9A-Za-z\\.\\-_]*' }),
  Name: string({ min: 1, max: 1024 }),
  Version: string({ min: 1, max: 1024 }),
});
export const Image = structure({ Bytes: blob({ min: 1, max: 5_242_880 }), S3Object });

export const BoundingBox = structure({
  Width: float(),
  Height: float(),
  Left: float(),
  Top: float(),
});
export const LandmarkType = enumeration(
  'eyeLeft',
  'eyeRight',
  'nose',
  'mouthLeft',
  'mouthRight',
  'leftEyeBrowLeft',
  'leftEyeBrowRight',
  'leftEyeBrowUp',
  'rightEyeBrowLeft',
  'rightEyeBrowRight',
  'rightEyeBrowUp',
  'leftEyeLeft',
  'leftEyeRight',
  'leftEyeUp',
  'leftEyeDown',
  'rightEyeLeft',
  'rightEyeRight',
  'rightEyeUp',
  'rightEyeDown',
  'noseLeft',
  'noseRight',
  'mouthUp',
  'mouthDown',
  'leftPupil',
  'rightPupil',
  'upperJawlineLeft',
  'midJawlineLeft',
  'chinBottom',
  'midJawlineRight',
  'upperJawlineRight',
);
export const Landmark = structure({ Type: LandmarkType, X: float(), Y: float() });
export const Pose = structure({ Roll: Degree, Yaw: Degree, Pitch: Degree });
export const ImageQuality = structure({ Brightness: float(), Sharpness: float() });

const Judgement = structure({ Value: boolean, Confidence: Percent });
const Emotion = structure({
  Type: enumeration(
    'HAPPY',
    'SAD',
    'ANGRY',
    'CONFUSED',
    'DISGUSTED',
    'SURPRISED',
    'CALM',
    'UNKNOWN',
    'FEAR',
  ),
  Confidence: Percent,
});

export const FaceDetail = structure({
  BoundingBox,
  AgeRange: structure({ Low: UInteger, High: UInteger }),
  Smile: Judgement,
  Eyeglasses: Judgement,
  Sunglasses: Judgement,
  Gender: structure({ Value: enumeration('Male', 'Female'), Confidence: Percent }),
  Beard: Judgement,
  Mustache: Judgement,
  EyesOpen: Judgement,
  MouthOpen: Judgement,
  Emotions: list(Emotion),
  Landmarks: list(Landmark),
  Pose,
  Quality: ImageQuality,
  Confidence: Percent,
  FaceOccluded: Judgement,
  EyeDirection: structure({ Yaw: Degree, Pitch: Degree, Confidence: Percent }),
});

export const Face = structure({
  FaceId,
  BoundingBox,
  ImageId,
  ExternalImageId,
  Confidence: Percent,
  IndexFacesModelVersion,
  UserId,
});
export const FaceMatch = structure({ Similarity: Percent, Face });

export const UserStatus = enumeration('ACTIVE', 'UPDATING', 'CREATING', 'CREATED');
export const User = structure({ UserId, UserStatus });
export const UserMatch = structure({ Similarity: Percent, User });
export const ComparedFace = structure({
  BoundingBox,
  Confidence: Percent,
  Landmarks: list(Landmark),
  Pose,
  Quality: ImageQuality,
  Emotions: list(Emotion),
  Smile: Judgement,
});

export const JobId = string({ min: 1, max: 64, pattern: '^[a-zA-Z0-9-_]+$' });
export const JobTag = string({ min: 1, max: 1024, pattern: '[a-zA-Z0-9_.\\-:+=\\/]+' });
export const Video = structure({ S3Object });
export const NotificationChannel = structure(
  {
    SNSTopicArn: string({ pattern: '(^arn:aws:sns:.*:\\w{12}:.+$)' }),
    RoleArn: string({ pattern: 'arn:aws:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+' }),
  },
  ['SNSTopicArn', 'RoleArn'],
);
export const FaceAttributes = enumeration('DEFAULT', 'ALL');
export const FaceSearchSortBy = enumeration('INDEX', 'TIMESTAMP');
export const VideoJobStatus = enumeration('IN_PROGRESS', 'SUCCEEDED', 'FAILED');
export const VideoMetadata = structure({
  Codec: string(),
  DurationMillis: integer({ min: 0 }),
  Format: string(),
  FrameRate: float(),
  FrameHeight: integer({ min: 0 }),
  FrameWidth: integer({ min: 0 }),
  ColorRange: enumeration('FULL', 'LIMITED'),
});
export const FaceDetection = structure({ Timestamp: integer(), Face: FaceDetail });
export const PersonMatch = structure({
  Timestamp: integer(),
  Person: structure({ Index: integer(), BoundingBox, Face: FaceDetail }),
  FaceMatches: list(FaceMatch),
});
