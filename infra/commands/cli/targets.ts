/** What a command works on: a deployed stack, the data folder of this machine, or a service at an address. */
import { flag, text } from './option.ts';

export const DATA = text({
  placeholder: 'FOLDER',
  help: 'the data folder of this machine; ./.recollect without it',
  variable: 'RECOLLECT_DATA',
  fallback: './.recollect',
  problem: (folder) => (folder === '' ? 'The data folder must have a name.' : undefined),
});

export const STACK = text({
  placeholder: 'NAME',
  help: 'a deployed stack instead, with the AWS credentials and region of your environment',
  problem: (name) =>
    /^[a-zA-Z][a-zA-Z0-9-]{0,127}$/.test(name)
      ? undefined
      : `"${name}" cannot be the name of a stack.`,
});

export const ENDPOINT = text({
  placeholder: 'URL',
  help: 'where the service answers; http://127.0.0.1:8000 without it',
  problem: urlProblem,
});

export const JSON_OUTPUT = flag({ help: 'prints JSON, for programs' });

/** A deployed stack, or a data folder on this machine. */
export type Target =
  | { readonly kind: 'stack'; readonly stack: string }
  | { readonly kind: 'folder'; readonly data: string };

export function targetOf({
  stack,
  data,
}: {
  readonly stack: string | undefined;
  readonly data: string;
}): Target {
  return stack === undefined ? { kind: 'folder', data } : { kind: 'stack', stack };
}

/** @returns a sentence where more than one of them is given */
export function onlyOneOf(given: ReadonlySet<string>, ...names: string[]): string[] {
  const both = names.filter((name) => given.has(name));
  return both.length > 1 ? [`Either ${both.map((name) => `--${name}`).join(' or ')}.`] : [];
}

export function urlProblem(url: string): string | undefined {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
    ? undefined
    : `An endpoint is an http or https URL, not "${url}".`;
}
