/** What clients ask for about users, carried out by the operations themselves. */
import { AssociateFaces } from '../../functions/associate-faces.ts';
import type { Services } from '../../functions/common/services.ts';
import { CreateUser } from '../../functions/create-user.ts';
import { DeleteUser } from '../../functions/delete-user.ts';
import { DisassociateFaces } from '../../functions/disassociate-faces.ts';
import { BUILT_IN_FACE_MODELS } from '../../layers/inference/index.ts';
import type { Collection, IdentifiedUser } from '../../layers/records/index.ts';
import { UserExistsError, UserNotFoundError, userKeyOf } from '../../layers/records/index.ts';
import { cosine, type Match } from '../../layers/vectors/index.ts';
import type { Environment } from './cloud.ts';
import type { Kind, Knowledge, Model } from './model.ts';

export const USERS = ['ada', 'grace', 'katherine'] as const;

const CALL = { requestId: 'request', region: 'us-east-1', accountId: '000000000000' };

const OPERATIONS = { AssociateFaces, CreateUser, DeleteUser, DisassociateFaces };
export type UserOperation = keyof typeof OPERATIONS;

/** What the request does to the user's being found. */
const KINDS: Readonly<Partial<Record<UserOperation, Kind>>> = {
  AssociateFaces: 'insert',
  DeleteUser: 'delete',
  DisassociateFaces: 'delete',
};

export interface UserRequest {
  readonly operation: UserOperation;
  readonly userId: string;
  readonly faceIds: readonly string[];
  readonly token: string | undefined;
}

/**
 * @param model of which users have a vector
 * @returns what happened
 */
export async function askFor(
  { operation, userId, faceIds, token }: UserRequest,
  environment: Environment,
  collection: Collection,
  model: Model,
): Promise<string> {
  const isAboutFaces = operation === 'AssociateFaces' || operation === 'DisassociateFaces';
  const body = JSON.stringify({
    CollectionId: collection.id,
    UserId: userId,
    ...(isAboutFaces && { FaceIds: faceIds }),
    ...(operation === 'AssociateFaces' && { UserMatchThreshold: 0 }),
    ...(token !== undefined && { ClientRequestToken: token }),
  });
  const kind = KINDS[operation];
  const change = kind && model.begin(kind, [userKeyOf(userId)]);
  let isCertain = false;
  try {
    const services = within(environment, collection);
    const answer: unknown = JSON.parse(
      (await OPERATIONS[operation].prepare(body).run(services, CALL)).body,
    );
    isCertain = operation === 'DeleteUser' || hasAssociated(answer);
    return `${operation} ${userId}`;
  } catch (error) {
    if (!(error instanceof UserExistsError || error instanceof UserNotFoundError)) throw error;
    return `${operation} ${userId}: ${error.name}`;
  } finally {
    if (change) model.end(change, isCertain);
  }
}

/** What is wrong with the answer of a search that asked for all users, or undefined. */
export function userFaultOf(
  matches: readonly Match<IdentifiedUser>[],
  vector: Float32Array,
  known: ReadonlyMap<string, Knowledge>,
  isComplete: boolean,
): string | undefined {
  const found = new Set(matches.map(({ record }) => record.id));
  if (found.size < matches.length) return 'a user twice';
  for (const { record, cosine: reported } of matches) {
    if (known.get(record.id) === 'absent') return `user ${record.userId}, who has no vector`;
    if (reported !== cosine(vector, record.vector)) return `a wrong cosine of ${record.userId}`;
  }
  if (!isComplete) return undefined;
  const missing = [...known].find(([id, knowledge]) => knowledge === 'present' && !found.has(id));
  return missing && `no user ${missing[0]}`;
}

/** The services of an operation, whose collection is one that the client has looked up. */
function within({ records }: Environment, collection: Collection): Services {
  const { faces, users } = records;
  const services = {
    records: { faces, users, collections: { get: async () => collection } },
    faceModels: BUILT_IN_FACE_MODELS,
    jobs: { tailGrew: async () => undefined },
  };
  return services as unknown as Services;
}

function hasAssociated(answer: unknown): boolean {
  const { AssociatedFaces = [] } = answer as { AssociatedFaces?: unknown[] };
  return AssociatedFaces.length > 0;
}
