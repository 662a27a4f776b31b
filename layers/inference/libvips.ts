/** Sharp, loaded when the first picture is. Once: where a loader is asked, as by tsx, each import takes milliseconds. */
type Sharp = typeof import('sharp')['default'];

let loading: Promise<Sharp> | undefined;

export function libvips(): Promise<Sharp> {
  loading ??= import('sharp').then((module) => module.default);
  return loading;
}
