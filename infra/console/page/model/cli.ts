/** The same call as a line for a shell. */

const SAFE = /^[\w@%+=:,./-]+$/;

/** Quoted for a POSIX shell where that is needed. */
export function quoted(argument: string): string {
  return SAFE.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** A value of the call: text, number, or structures as JSON. Undefined ones are left out. */
export type Flags = Readonly<
  Record<string, string | number | readonly string[] | object | undefined>
>;

/**
 * A call by the AWS CLI. `--image-bytes fileb://...` stands for a photograph.
 * @param flags by their names in the API
 */
export function awsCli(operation: string, flags: Flags, endpoint: string): string {
  return [
    'aws rekognition',
    kebab(operation),
    ...written(flags),
    '--endpoint-url',
    quoted(endpoint.replace(/\/$/, '')),
  ].join(' ');
}

/** A call of the program `recollect`. */
export function recollectCli(command: string, flags: Flags): string {
  return [`npx recollect ${command}`, ...written(flags)].join(' ');
}

function written(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const flag = `--${kebab(name)}`;
    if (Array.isArray(value)) return [flag, ...value.map((item) => quoted(String(item)))];
    return [flag, quoted(typeof value === 'object' ? JSON.stringify(value) : String(value))];
  });
}

/** `SearchFacesByImage` as `search-faces-by-image`. */
function kebab(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}
