/** A folder of people to a calibration, its tables and its picture. */
import {
  type Calibration,
  calibratedMap,
  type FaceModelEntry,
  type Inference,
} from '../../layers/inference/index.ts';
import { calibrate } from './calibrate.ts';
import { embedPhotographs } from './embeddings.ts';
import { readPeople } from './people.ts';
import { plot } from './plot.ts';
import { progress } from './progress.ts';
import { reportLines } from './report.ts';
import { compareAll, type Scores } from './scores.ts';

export interface FolderOptions {
  readonly folder: string;
  /** What the people are, for the calibration's own record. */
  readonly source: string;
  readonly inference: Inference;
  readonly model: FaceModelEntry;
  readonly title: string;
  /** Uniform in 0..1, for the intervals. */
  readonly random: () => number;
  /** Whether to judge age and gender as well, which {@link embedPhotographs} then keeps for others. */
  readonly looks?: boolean;
  /** Told how far it is. */
  readonly note: (line: string) => void;
}

export interface FolderResult {
  readonly calibration: Calibration;
  readonly scores: Scores;
  readonly lines: readonly string[];
  /** SVG. */
  readonly picture: string;
}

/** @throws PeopleError, TailError */
export async function calibrateFolder(options: FolderOptions): Promise<FolderResult> {
  const { folder, source, inference, model, title, random, looks = false, note } = options;
  const people = await readPeople(folder);
  const { photographs } = people;
  const embedded = await embedPhotographs({
    folder,
    photographs,
    inference,
    model,
    looks,
    report: progress('photographs', photographs.length, note),
  });
  const scores = compareAll(embedded, people);
  const calibration = calibrate(scores, source);
  const { cosineAt } = calibratedMap(calibration);
  return {
    calibration,
    scores,
    lines: reportLines(scores, calibration, cosineAt, random),
    picture: plot(title, scores, calibration, cosineAt),
  };
}
