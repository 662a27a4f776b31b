/**
 * The vocabulary of this layer: what a detected face is, in which units and with which signs.
 *
 * All positions are ratios of the upright image: x of its width, y of its height, 0,0 at the top left.
 * "Left" is image-left throughout, as in the Rekognition API. Positions may reach beyond 0..1 where a
 * face is cut by the edge.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Every landmark of the API, by its API name. */
export interface Landmarks {
  readonly eyeLeft: Point;
  readonly eyeRight: Point;
  readonly mouthLeft: Point;
  readonly mouthRight: Point;
  readonly nose: Point;
  readonly leftEyeBrowLeft: Point;
  readonly leftEyeBrowRight: Point;
  readonly leftEyeBrowUp: Point;
  readonly rightEyeBrowLeft: Point;
  readonly rightEyeBrowRight: Point;
  readonly rightEyeBrowUp: Point;
  readonly leftEyeLeft: Point;
  readonly leftEyeRight: Point;
  readonly leftEyeUp: Point;
  readonly leftEyeDown: Point;
  readonly rightEyeLeft: Point;
  readonly rightEyeRight: Point;
  readonly rightEyeUp: Point;
  readonly rightEyeDown: Point;
  readonly noseLeft: Point;
  readonly noseRight: Point;
  readonly mouthUp: Point;
  readonly mouthDown: Point;
  readonly leftPupil: Point;
  readonly rightPupil: Point;
  readonly upperJawlineLeft: Point;
  readonly midJawlineLeft: Point;
  readonly chinBottom: Point;
  readonly midJawlineRight: Point;
  readonly upperJawlineRight: Point;
}

/** Degrees. Roll is positive clockwise, yaw towards image-right, pitch upwards. */
export interface Pose {
  readonly roll: number;
  readonly yaw: number;
  readonly pitch: number;
}

/**
 * Degrees, in the signs of the pose and against the camera: 0, 0 looks into it, the yaw and pitch of the head
 * straight ahead of the head.
 */
export interface Gaze {
  readonly yaw: number;
  readonly pitch: number;
  /** 0..100; 0 where the eyes are shut, tiny or seen from aside. */
  readonly confidence: number;
}

/** Both 0..100; higher is brighter and sharper. */
export interface Quality {
  readonly brightness: number;
  readonly sharpness: number;
}

export interface DetectedFace {
  /** Forehead to chin, ear to ear, as the detector saw it. */
  readonly box: Box;
  /** 0..100: how sure the detector is that this is a face. */
  readonly confidence: number;
  /** 0..1: how sure the landmark model is that its crop holds one face it can describe. */
  readonly presence: number;
  /**
   * 0..1: how surely the face stands upright where the landmarks say so, told without landmarks. Low for
   * what is no face, and for a face that could not be read.
   */
  readonly agreement: number;
  /** At least 1: by how much its light is raised before it is looked at. */
  readonly gain: number;
  readonly landmarks: Landmarks;
  /**
   * The 478 vertices of the MediaPipe attention mesh, x y z of each in turn. x and y are ratios as
   * everywhere; z is depth in the unit of x (ratio of the width), negative towards the camera.
   */
  readonly mesh: Float32Array;
  readonly pose: Pose;
  readonly gaze: Gaze;
  readonly quality: Quality;
}
