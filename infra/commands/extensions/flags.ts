/**
 * The flags of an extension's command, from the shape of its input: one for each member, `--max-faces` for
 * `MaxFaces`. What is given becomes the member as JSON has it.
 */
import type { Shape, StructureShape } from '../../../layers/protocol/index.ts';
import { choice, flag, list, type Option, type Options, text, whole } from '../cli/index.ts';

/** What a flag stands for, before files are read. */
export type Given = string | number | boolean | readonly string[] | undefined;

/** @returns by the names of flags */
export function flagsOf(input: StructureShape): Options {
  return Object.fromEntries(
    Object.entries(input.members).map(([name, shape]) => [
      flagOf(name),
      optionOf(name, shape, input.required.includes(name)),
    ]),
  );
}

/** `MaxFaces` as `max-faces`, `S3Object` as `s3-object`. */
export function flagOf(member: string): string {
  return member.replace(/(?<=[a-z0-9])[A-Z]/g, '-$&').toLowerCase();
}

/** Whether the member is an Image: bytes, or an object in S3. */
export function isImage(shape: Shape): boolean {
  return shape.type === 'structure' && 'Bytes' in shape.members && 'S3Object' in shape.members;
}

function optionOf(name: string, shape: Shape, isRequired: boolean): Option<unknown> {
  const option = optional(name, shape);
  if (!isRequired || option.kind === 'switch') return option;
  const missing = `Say which ${name}: --${flagOf(name)} ${option.placeholder}.`;
  return { ...option, missing };
}

function optional(name: string, shape: Shape): Option<unknown> {
  const help = helpOf(name, shape);
  switch (shape.type) {
    case 'boolean':
      return flag({ help });
    case 'integer': {
      const { min: from = 0, max: to = 999_999_999_999_999 } = shape;
      return whole({ placeholder: 'N', help, name, from, to });
    }
    case 'float':
      return text({
        placeholder: 'NUMBER',
        help,
        problem: (given) =>
          given.trim() !== '' && Number.isFinite(Number(given))
            ? undefined
            : `${name} must be a number, not "${given}".`,
      });
    case 'timestamp':
      return text({
        placeholder: 'TIME',
        help,
        problem: (given) =>
          Number.isNaN(Date.parse(given))
            ? `${name} must be a time such as 2026-11-26T12:00:00Z, not "${given}".`
            : undefined,
      });
    case 'blob':
      return text({ placeholder: 'FILE', help });
    case 'string':
      return shape.values === undefined
        ? text({ placeholder: 'TEXT', help })
        : choice({ placeholder: 'WORD', help, name, choices: shape.values });
    case 'list':
      return shape.member.type === 'string'
        ? list({ placeholder: 'A,B', help })
        : text({ placeholder: 'JSON', help, problem: (given) => jsonProblem(name, given) });
    case 'map':
      return list({
        placeholder: 'KEY=VALUE',
        help,
        problem: (given) =>
          given.includes('=') ? undefined : `${name} are KEY=VALUE, not "${given}".`,
      });
    case 'structure':
      return isImage(shape)
        ? text({ placeholder: 'FILE|s3://BUCKET/KEY', help })
        : text({ placeholder: 'JSON', help, problem: (given) => jsonProblem(name, given) });
  }
}

function helpOf(name: string, shape: Shape): string {
  if (isImage(shape)) return `${name}: a JPEG or PNG here, or an object in a bucket`;
  if (shape.type === 'string' && shape.values !== undefined) {
    return `${name}: ${shape.values.join(', ')}`;
  }
  if (shape.type === 'integer' || shape.type === 'float') {
    const { min, max } = shape;
    if (min !== undefined && max !== undefined) return `${name}, from ${min} to ${max}`;
  }
  return name;
}

function jsonProblem(name: string, given: string): string | undefined {
  try {
    JSON.parse(given);
    return undefined;
  } catch {
    return `${name} must be JSON, not "${given}".`;
  }
}
