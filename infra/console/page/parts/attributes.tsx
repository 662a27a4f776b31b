import type { FaceDetail } from '@aws-sdk/client-rekognition';

/** What is said of a face, as far as the service judges it. */
export function Attributes({ face }: { readonly face: FaceDetail }) {
  return (
    <table>
      <caption class="sr">Attributes</caption>
      <tbody>
        {rowsOf(face).map(([name, value, confidence]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value}</td>
            <td class="figure">{confidence === undefined ? '' : `${confidence.toFixed(0)} %`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type Row = readonly [name: string, value: string, confidence?: number | undefined];

function rowsOf(face: FaceDetail): Row[] {
  const { Pose, Quality, AgeRange, Gender, Emotions = [], EyeDirection } = face;
  const strongest = Emotions.toSorted((a, b) => (b.Confidence ?? 0) - (a.Confidence ?? 0))[0];
  const degrees = (value = 0) => `${value.toFixed(0)}°`;
  return [
    ...(Pose
      ? [
          [
            'Pose',
            `roll ${degrees(Pose.Roll)}, yaw ${degrees(Pose.Yaw)}, pitch ${degrees(Pose.Pitch)}`,
          ] as const,
        ]
      : []),
    ...(Quality
      ? [
          [
            'Quality',
            `sharpness ${Quality.Sharpness?.toFixed(0)}, brightness ${Quality.Brightness?.toFixed(0)}`,
          ] as const,
        ]
      : []),
    ...(AgeRange ? [['Age', `${AgeRange.Low} to ${AgeRange.High}`] as const] : []),
    ...(Gender ? [['Gender', Gender.Value ?? '', Gender.Confidence] as const] : []),
    ...(strongest
      ? [['Emotion', (strongest.Type ?? '').toLowerCase(), strongest.Confidence] as const]
      : []),
    ...(EyeDirection
      ? [
          [
            'Eyes look',
            `yaw ${degrees(EyeDirection.Yaw)}, pitch ${degrees(EyeDirection.Pitch)}`,
            EyeDirection.Confidence,
          ] as const,
        ]
      : []),
    ...yesOrNo('Smile', face.Smile),
    ...yesOrNo('Eyes open', face.EyesOpen),
    ...yesOrNo('Mouth open', face.MouthOpen),
    ...yesOrNo('Beard', face.Beard),
    ...yesOrNo('Mustache', face.Mustache),
    ...yesOrNo('Eyeglasses', face.Eyeglasses),
    ...yesOrNo('Sunglasses', face.Sunglasses),
    ...yesOrNo('Occluded', face.FaceOccluded),
  ];
}

function yesOrNo(
  name: string,
  judged: { Value?: boolean | undefined; Confidence?: number | undefined } | undefined,
): Row[] {
  return judged === undefined ? [] : [[name, judged.Value ? 'yes' : 'no', judged.Confidence]];
}
