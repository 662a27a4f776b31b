import { useState } from 'preact/hooks';

/** The same call for a shell, to be opened and copied. */
export function AsCli({ lines }: { readonly lines: readonly string[] }) {
  const [isCopied, setCopied] = useState(false);
  const text = lines.join('\n');
  const copy = () => navigator.clipboard?.writeText(text).then(() => setCopied(true));
  return (
    <details class="cli">
      <summary>as CLI</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled by keyboard */}
      <pre tabIndex={0}>{text}</pre>
      <button type="button" class="quiet" onClick={copy}>
        {isCopied ? 'Copied' : 'Copy'}
      </button>
    </details>
  );
}
