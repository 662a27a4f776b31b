/** Looks at photographs with the pipeline as it is shipped. */
import { readFile } from 'node:fs/promises';
import {
  type Box,
  type DetectedFace,
  type EmbeddedFace,
  ImageFormatError,
  ImageTooLargeError,
  ImageTooSmallError,
  type Inference,
  type Picture,
  qualityReasons,
} from '../../../layers/inference/index.ts';
import { AS_IT_IS, CONDITIONS, type Condition, type Photograph, resize } from './catalogue.ts';
import { apart, type Expected, nearest, placed, type Size } from './placement.ts';
import type { Sight, Subject } from './rates.ts';
import type { Outcome, PersonTask, PictureResult, PictureTask, Task } from './tasks.ts';

export async function perform(task: Task, inference: Inference): Promise<Outcome> {
  return task.kind === 'person'
    ? { task, result: { subject: await lookAtPerson(task, inference) } }
    : { task, result: await lookAtPicture(task, inference) };
}

/** @returns undefined when one of the photographs, as it is, shows no face. */
async function lookAtPerson(task: PersonTask, inference: Inference): Promise<Subject | undefined> {
  const mate = await inference.read(await readFile(task.enrolled));
  const mateFace = central(await inference.findFaces(mate));
  const photo = await inference.read(await readFile(task.changed));
  const face = central(await inference.findFaces(photo));
  if (!mateFace || !face) return undefined;
  const [enrolled] = await inference.embed(mate, [mateFace]);
  const photograph: Photograph = { name: task.person, pixels: photo.pixels, face };
  const sights = new Map<string, Sight>();
  for (const condition of CONDITIONS) {
    if (condition !== AS_IT_IS && !task.groups.includes(condition.group)) continue;
    const sight = await lookIn(condition, photograph, inference);
    if (sight) sights.set(condition.name, sight);
  }
  return { person: task.person, enrolled: enrolled!.vector, sights };
}

/** @returns undefined when the face is not found where it should be. */
async function lookIn(
  condition: Condition,
  photograph: Photograph,
  inference: Inference,
): Promise<Sight | undefined> {
  const copy = await condition.make(photograph);
  const picture = await inference.read(copy.bytes);
  const faces = await inference.findFaces(picture);
  const expected = placed(seenIn(photograph.face, photograph.pixels), copy.placement);
  const seen = nearest(
    faces.map((face) => ({ face, ...seenIn(face, picture) })),
    expected,
  );
  if (!seen) return undefined;
  const [embedding] = await inference.embed(picture, [seen.face]);
  // As it is, there is no other reading to compare with: people in photographs are upright.
  const roll = condition === AS_IT_IS ? 0 : expected.roll;
  return {
    auto: passesAuto(seen.face, embedding!, picture),
    rollError: apart(seen.roll, roll),
    vector: embedding!.vector,
  };
}

async function lookAtPicture(task: PictureTask, inference: Inference): Promise<PictureResult> {
  try {
    const original = await inference.read(await readFile(task.file));
    const picture =
      task.scale === 1
        ? original
        : await inference.read((await resize(original.pixels, task.scale)).bytes);
    const faces = await inference.findFaces(picture);
    const embeddings = await inference.embed(picture, faces);
    return {
      faces: faces.map((face, i) => ({
        confidence: face.confidence,
        roll: face.pose.roll,
        shortSide: Math.min(face.box.width * picture.width, face.box.height * picture.height),
        auto: passesAuto(face, embeddings[i]!, picture),
        vector: embeddings[i]!.vector,
      })),
      refused: undefined,
    };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { faces: [], refused: error.name };
  }
}

function passesAuto(face: DetectedFace, { legibility }: EmbeddedFace, picture: Picture): boolean {
  return qualityReasons(face, picture, 'AUTO', legibility).length === 0;
}

/** The face nearest the centre. */
function central(faces: readonly DetectedFace[]): DetectedFace | undefined {
  return faces.toSorted((a, b) => offCentre(a.box) - offCentre(b.box))[0];
}

function offCentre({ left, top, width, height }: Box): number {
  return Math.hypot(left + width / 2 - 0.5, top + height / 2 - 0.5);
}

function seenIn({ box, pose }: DetectedFace, { width, height }: Size): Expected {
  return {
    centre: { x: (box.left + box.width / 2) * width, y: (box.top + box.height / 2) * height },
    side: Math.max(box.width * width, box.height * height),
    roll: pose.roll,
  };
}

function isRefusal(error: unknown): error is Error {
  return [ImageFormatError, ImageTooSmallError, ImageTooLargeError].some(
    (kind) => error instanceof kind,
  );
}
