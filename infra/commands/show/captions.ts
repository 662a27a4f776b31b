/** What a face's detail says, in lines of a few words. */
import type { Infer, members } from '../../../layers/protocol/index.ts';

export type FaceDetail = Infer<typeof members.FaceDetail>;
type Judgement = FaceDetail['Smile'];

/** The attributes that are true or false, and what each is called when it is true. */
const JUDGEMENTS = [
  ['Smile', 'smile'],
  ['Eyeglasses', 'eyeglasses'],
  ['Sunglasses', 'sunglasses'],
  ['Beard', 'beard'],
  ['Mustache', 'mustache'],
  ['EyesOpen', 'eyes open'],
  ['MouthOpen', 'mouth open'],
  ['FaceOccluded', 'occluded'],
] as const satisfies readonly (readonly [keyof FaceDetail, string])[];

/** @returns what can be said, the most general first; attributes that are absent have no line */
export function captions(detail: FaceDetail): string[] {
  const { Confidence, Pose, EyeDirection, Quality, AgeRange, Gender, Emotions } = detail;
  return [
    `face ${percent(Confidence)}`,
    ...(Gender ? [`${Gender.Value} ${percent(Gender.Confidence)}`] : []),
    ...(AgeRange ? [`age ${AgeRange.Low}-${AgeRange.High}`] : []),
    ...(Emotions ?? []).slice(0, 2).map(({ Type, Confidence: sure }) => `${Type} ${percent(sure)}`),
    ...JUDGEMENTS.flatMap(([name, word]) => judged(word, detail[name])),
    ...(Pose
      ? [`pose roll ${degrees(Pose.Roll)} yaw ${degrees(Pose.Yaw)} pitch ${degrees(Pose.Pitch)}`]
      : []),
    ...(EyeDirection
      ? [
          `eyes yaw ${degrees(EyeDirection.Yaw)} pitch ${degrees(EyeDirection.Pitch)} (${percent(EyeDirection.Confidence)})`,
        ]
      : []),
    ...(Quality
      ? [`brightness ${whole(Quality.Brightness)} sharpness ${whole(Quality.Sharpness)}`]
      : []),
  ];
}

/** @returns the same in a few lines, without what is absent from the face */
export function inBrief(detail: FaceDetail): string[] {
  const { Confidence, Pose, EyeDirection, Quality, AgeRange, Gender, Emotions } = detail;
  const there = JUDGEMENTS.flatMap(([name, word]) =>
    detail[name]?.Value ? [`${word} ${percent(detail[name].Confidence)}`] : [],
  );
  const pairs = Array.from({ length: Math.ceil(there.length / 2) }, (_, i) =>
    there.slice(2 * i, 2 * i + 2).join(', '),
  );
  const feelings = (Emotions ?? []).slice(0, 1);
  return [
    [
      `face ${percent(Confidence)}`,
      ...(Gender ? [`${Gender.Value?.toLowerCase()} ${percent(Gender.Confidence)}`] : []),
      ...(AgeRange ? [`age ${AgeRange.Low} to ${AgeRange.High}`] : []),
    ].join(', '),
    ...feelings.map(
      ({ Type, Confidence: sure }) => `looks ${Type?.toLowerCase()} ${percent(sure)}`,
    ),
    ...pairs,
    ...(Pose
      ? [`head: roll ${degrees(Pose.Roll)}, yaw ${degrees(Pose.Yaw)}, pitch ${degrees(Pose.Pitch)}`]
      : []),
    ...(EyeDirection && EyeDirection.Confidence !== 0
      ? [`eyes: yaw ${degrees(EyeDirection.Yaw)}, pitch ${degrees(EyeDirection.Pitch)}`]
      : []),
    ...(Quality
      ? [`brightness ${whole(Quality.Brightness)}, sharpness ${whole(Quality.Sharpness)}`]
      : []),
  ];
}

function judged(word: string, judgement: Judgement): string[] {
  if (judgement === undefined) return [];
  return [`${judgement.Value ? '' : 'no '}${word} ${percent(judgement.Confidence)}`];
}

function percent(value: number | undefined): string {
  return value === undefined ? '?' : `${Math.round(value)}%`;
}

/** Without the minus of a zero. */
function degrees(value: number | undefined): string {
  return value === undefined ? '?' : String(Math.round(value) + 0);
}

function whole(value: number | undefined): string {
  return value === undefined ? '?' : String(Math.round(value));
}
