/** From the flags of a command to the input of its extension, as JSON; files are read on the way. */
import { readFile } from 'node:fs/promises';
import type { Shape, StructureShape } from '../../../layers/protocol/index.ts';
import { flagOf, isImage } from './flags.ts';

/** @param options what the flags mean, by their names */
export async function inputOf(
  shape: StructureShape,
  options: Readonly<Record<string, unknown>>,
  given: ReadonlySet<string>,
): Promise<Record<string, unknown>> {
  const input: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.members)) {
    const flag = flagOf(name);
    if (given.has(flag)) input[name] = await jsonOf(member, options[flag]);
  }
  return input;
}

async function jsonOf(shape: Shape, value: unknown): Promise<unknown> {
  if (isImage(shape)) return imageOf(String(value));
  switch (shape.type) {
    case 'float':
      return Number(value);
    case 'timestamp':
      return Date.parse(String(value)) / 1000;
    case 'blob':
      return base64(String(value));
    case 'map':
      return Object.fromEntries(
        (value as readonly string[]).map((pair) => {
          const at = pair.indexOf('=');
          return [pair.slice(0, at), pair.slice(at + 1)];
        }),
      );
    case 'list':
      return shape.member.type === 'string' ? value : JSON.parse(String(value));
    case 'structure':
      return JSON.parse(String(value));
    default:
      return value;
  }
}

async function imageOf(given: string): Promise<object> {
  const object = /^s3:\/\/([^/]+)\/(.+)$/s.exec(given);
  return object === null
    ? { Bytes: await base64(given) }
    : { S3Object: { Bucket: object[1], Name: object[2] } };
}

async function base64(file: string): Promise<string> {
  return (await readFile(file)).toString('base64');
}
