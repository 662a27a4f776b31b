/**
 * An operation, declared once: its name, its input and output, its errors, what it touches, its handler.
 *
 * Everything else follows from the declaration: the route `POST /{name}`, the `X-Amz-Target` that SDKs
 * send, validation, the Lambda function and its policy, the table in the documentation.
 *
 * There are two kinds. What the API has is declared member by member as in its model, and called as the
 * SDKs call it. What Recollect has beyond that is an extension: it has a target of its own, so that nothing
 * of the API's own is ever another than in the model, and a command of `recollect`.
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
  /** What it does with the records in DynamoDB: its function's policy allows these actions and no other. */
  readonly records: readonly RecordAction[];
  /** The shards in S3. */
  readonly shards: 'none' | 'read' | 'write';
  /** Reads photographs from the buckets that callers name. */
  readonly images: boolean;
  /** Runs the models: the function needs the inference layer and its memory. */
  readonly inference: boolean;
  /** Asks which face models there are, beyond what searching and inference do. Default: no. */
  readonly faceModels?: boolean;
  /** Signs with the key of receipts. Default: no. */
  readonly signing?: boolean;
  /** Begins jobs on stored video, or answers for them. Default: neither. */
  readonly videos?: 'start' | 'read';
  /** Reads the audit trail. Default: no. */
  readonly audit?: boolean;
  /** Work that it asks for and does not wait for. */
  readonly jobs: readonly Job[];
}

/**
 * Actions on the table as policies know them, without `dynamodb:`. A transaction takes those of the writes and checks
 * in it.
 */
export type RecordAction =
  | 'GetItem'
  | 'BatchGetItem'
  | 'Query'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'ConditionCheckItem'
  | 'BatchWriteItem';

/** `fold`: a tail into shards. `purge`: the remains of a deleted collection. */
export type Job = 'fold' | 'purge';

/** What an operation is, without what it does. */
export interface Contract<
  I extends StructureShape = StructureShape,
  O extends StructureShape = StructureShape,
> {
  readonly name: string;
  readonly input: I;
  readonly output: O;
  readonly errors: readonly ModelledErrorName[];
  readonly uses: Uses;
}

export interface ExtensionContract<
  I extends StructureShape = StructureShape,
  O extends StructureShape = StructureShape,
> extends Contract<I, O> {
  /** What it does, as half a line: `searches for every face of a photograph`. */
  readonly summary: string;
  /** A key that may call everything may not call this; only one that names it. Default: false. */
  readonly onlyByName?: boolean;
}

type Handler<Services, I extends StructureShape, O extends StructureShape> = (
  input: Infer<I>,
  services: Services,
  call: Call,
) => Promise<Infer<O>>;

export interface Declaration<Services, I extends StructureShape, O extends StructureShape>
  extends Contract<I, O> {
  readonly handler: Handler<Services, I, O>;
}

/** `api`: of the published model. `extension`: of Recollect's own. */
export type Kind = 'api' | 'extension';

const TARGET_PREFIX = { api: 'RekognitionService', extension: 'Recollect' } as const;

/** What `X-Amz-Target` says of an operation. */
export function targetOf({ kind, name }: { readonly kind: Kind; readonly name: string }): string {
  return `${TARGET_PREFIX[kind]}.${name}`;
}

export interface Answer {
  /** Of the response. */
  readonly body: string;
  /** How many faces it is about, for logs; `undefined` where it is about none. */
  readonly faces: number | undefined;
  /** What the body was made of. */
  readonly output: object;
}

/** A request whose input is known to be right, ready to be carried out. */
export interface PreparedCall<Services> {
  /** What it touches, for whoever decides whether the caller may. */
  readonly resource: Resource;
  /** The input, validated. */
  readonly input: object;
  run(services: Services, call: Call): Promise<Answer>;
}

export interface Operation<Services> extends Contract {
  readonly kind: Kind;
  /** A key must name it to allow it. */
  readonly onlyByName: boolean;
  /**
   * Decodes and validates a request body.
   * @throws ServiceError SerializationException, ValidationException
   */
  prepare(body: string): PreparedCall<Services>;
}

/** An operation of the API. */
export function operation<Services, I extends StructureShape, O extends StructureShape>({
  handler,
  ...contract
}: Declaration<Services, I, O>): Operation<Services> {
  return { ...contract, kind: 'api', onlyByName: false, prepare: preparing(contract, handler) };
}

/** An operation of Recollect's own. */
export function extension<Services, I extends StructureShape, O extends StructureShape>(
  contract: ExtensionContract<I, O>,
  handler: Handler<Services, I, O>,
): Operation<Services> {
  const { onlyByName = false } = contract;
  return { ...contract, kind: 'extension', onlyByName, prepare: preparing(contract, handler) };
}

/** Says of a contract no more than its type, which keeps the types of its members. */
export function extensionContract<const I extends StructureShape, const O extends StructureShape>(
  contract: ExtensionContract<I, O>,
): ExtensionContract<I, O> {
  return contract;
}

function preparing<Services, I extends StructureShape, O extends StructureShape>(
  contract: Contract<I, O>,
  handler: Handler<Services, I, O>,
): Operation<Services>['prepare'] {
  const { input, output } = contract;
  return (body) => {
    const decoded = decodeBody(body, input);
    const validated = validate(decoded, input);
    return {
      resource: resourceOf(contract, decoded),
      input: decoded,
      async run(services, call) {
        const answer = await handler(validated, services, call);
        return { body: encodeBody(answer, output), faces: facesIn(answer), output: answer };
      },
    };
  };
}

/** Members of answers that list faces, by any of their names; an answer has one of them, or none. */
const FACE_LISTS = [
  'FaceRecords',
  'FaceDetails',
  'FaceMatches',
  'SearchedFaces',
  'Faces',
  'Persons',
  'DeletedFaces',
  'AssociatedFaces',
  'DisassociatedFaces',
];

function facesIn(answer: object): number | undefined {
  const lists = new Map(Object.entries(answer));
  const found = FACE_LISTS.map((name) => lists.get(name)).find(Array.isArray);
  return found?.length;
}
