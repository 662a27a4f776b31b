import { useId } from 'preact/hooks';
import { expectedStrangers, inWords, strangersAt } from '../model/rates.ts';

interface ThresholdProps {
  readonly value: number;
  readonly onInput: (value: number) => void;
  /** Faces in the collection, where that is known. */
  readonly faces?: number | undefined;
}

/** How alike two faces must be, and what that means. */
export function Threshold({ value, onInput, faces }: ThresholdProps) {
  const id = useId();
  const strangers = faces === undefined ? undefined : expectedStrangers(value, faces);
  return (
    <p class="field">
      <label for={id}>
        Similarity of at least <output for={id}>{value}</output>
      </label>
      <input
        id={id}
        type="range"
        min="0"
        max="100"
        step="1"
        value={value}
        aria-describedby={`${id}-hint`}
        onInput={({ currentTarget }) => onInput(currentTarget.valueAsNumber)}
      />
      <small id={`${id}-hint`} class="hint">
        Of pairs of strangers, {inWords(strangersAt(value))} {value < 1 ? 'reach' : 'reaches'} it
        {strangers !== undefined &&
          strangers > 0 &&
          `; among ${faces?.toLocaleString('en')} faces of others a search returns ${atMost(strangers)}`}
        . For anything that affects people take 99, and let a person look.
      </small>
    </p>
  );
}

function atMost(strangers: number): string {
  if (strangers >= 1) return `about ${Math.round(strangers).toLocaleString('en')} of them`;
  return `one of them in about ${Math.round(1 / Math.max(strangers, 1e-9)).toLocaleString('en')} searches`;
}
