/**
 * An operation, declared once: its name, its input and output, its errors, what it touches, its handler.
 *
 * Everything else follows from the declaration: the route `POST /{name}`, the `X-Amz-Target` that SDKs
 * send, validation, the Lambda function and its policy, the table in the documentation.
 */
import type { Resource } from './auth/index.ts';
import { resourceOf } from './auth/index.ts';
import type { Call } from './call.ts';
import { decodeBody } from './decode.ts';
import { encodeBody } from './encode.ts';
import type { ModelledErrorName } from './errors.ts';
import type { Infer, StructureShape } from './shapes.ts';
import { validate } from './validate.ts';

/** What an operation needs of the account; its policy allows this and nothing else. */
export interface Uses {
  /** The records in DynamoDB. */
  readonly records: 'none' | 'read' | 'write';
  /** The shards in S3. */
  readonly shards: 'none' | 'read' | 'write';
  /** Reads photographs from the buckets that callers name. */
  readonly images: boolean;
  /** Runs the models: the function needs the inference layer and its memory. */
  readonly inference: boolean;
  /** Asks which face models there are, beyond what searching and inference do. Default: no. */
  readonly faceModels?: boolean;
  /** Work that it asks for and does not wait for. */
  readonly jobs: readonly Job[];
}

/** `fold`: a tail into shards. `purge`: the remains of a deleted collection. */
export type Job = 'fold' | 'purge';

export interface Declaration<Services, I extends StructureShape, O extends StructureShape> {
  readonly name: string;
  readonly input: I;
  readonly output: O;
  readonly errors: readonly ModelledErrorName[];
  readonly uses: Uses;
  readonly handler: (input: Infer<I>, services: Services, call: Call) => Promise<Infer<O>>;
}

export interface Answer {
  /** Of the response. */
  readonly body: string;
  /** How many faces it is about, for logs; `undefined` where it is about none. */
  readonly faces: number | undefined;
}

/** A request whose input is known to be right, ready to be carried out. */
export interface PreparedCall<Services> {
  /** What it touches, for whoever decides whether the caller may. */
  readonly resource: Resource;
  run(services: Services, call: Call): Promise<Answer>;
}

export interface Operation<Services> {
  readonly name: string;
  readonly input: StructureShape;
  readonly output: StructureShape;
  readonly errors: readonly ModelledErrorName[];
  readonly uses: Uses;
  /**
   * Decodes and validates a request body.
   * @throws ServiceError SerializationException, ValidationException
   */
  prepare(body: string): PreparedCall<Services>;
}

export function operation<Services, I extends StructureShape, O extends StructureShape>(
  declaration: Declaration<Services, I, O>,
): Operation<Services> {
  const { input, output, handler } = declaration;
  return {
    ...declaration,
    prepare(body) {
      const decoded = decodeBody(body, input);
      const validated = validate(decoded, input);
      return {
        resource: resourceOf(declaration, decoded),
        async run(services, call) {
          const answer = await handler(validated, services, call);
          return { body: encodeBody(answer, output), faces: facesIn(answer) };
        },
      };
    },
  };
}

/** Members of answers that list faces, by any of their names; an answer has one of them, or none. */
const FACE_LISTS = [
  'FaceRecords',
  'FaceDetails',
  'FaceMatches',
  'Faces',
  'DeletedFaces',
  'AssociatedFaces',
  'DisassociatedFaces',
];

function facesIn(answer: object): number | undefined {
  const lists = new Map(Object.entries(answer));
  const found = FACE_LISTS.map((name) => lists.get(name)).find(Array.isArray);
  return found?.length;
}
