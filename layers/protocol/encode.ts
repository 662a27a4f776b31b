/**
 * Encodes the output of an operation as JSON.
 *
 * Floats are rounded to single precision and printed widened, as the service does; timestamps are epoch
 * seconds with a fraction; absent members are left out.
 */
import type { Infer, Shape, StructureShape } from './shapes.ts';

type Json = string | number | boolean | Json[] | { [member: string]: Json };

export function encodeBody<S extends StructureShape>(output: Infer<S>, shape: S): string {
  return JSON.stringify(encode(output, shape));
}

function encode(value: unknown, shape: Shape): Json {
  switch (shape.type) {
    case 'string':
    case 'boolean':
    case 'integer':
    case 'double':
      return value as string | number | boolean;
    case 'float':
      return Math.fround(value as number);
    case 'timestamp':
      return (value as Date).getTime() / 1000;
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'list':
      return (value as unknown[]).map((item) => encode(item, shape.member));
    case 'map':
      return value as Record<string, string>;
    case 'structure': {
      const given = value as Record<string, unknown>;
      const members = Object.entries(shape.members).filter(([name]) => given[name] !== undefined);
      return Object.fromEntries(
        members.map(([name, member]) => [name, encode(given[name], member)]),
      );
    }
  }
}
