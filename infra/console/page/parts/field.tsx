import { useId } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: 'text' | 'password' | 'search';
  readonly hint?: string;
  readonly required?: boolean;
}

/** A line of text with its name above it. */
export function Field({
  label,
  value,
  onInput,
  type = 'text',
  hint,
  required = false,
}: FieldProps) {
  const id = useId();
  const shared = {
    id,
    value,
    required,
    autocomplete: 'off',
    spellcheck: false,
    'aria-describedby': hint && `${id}-hint`,
    onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) =>
      onInput(currentTarget.value),
  };
  return (
    <p class="field">
      <label for={id}>{label}</label>
      {type === 'password' && <input {...shared} type="password" />}
      {type === 'search' && <input {...shared} type="search" />}
      {type === 'text' && <input {...shared} type="text" />}
      {hint && (
        <small id={`${id}-hint`} class="hint">
          {hint}
        </small>
      )}
    </p>
  );
}
