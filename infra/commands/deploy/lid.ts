/**
 * The most that strangers can send to the address for SDKs: a new account is its own lid, with ten executions at once; where an
 * account allows many, the function gets a lid of its own, unless the owner has said which.
 */
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';

export interface Account {
  /** Executions at once that it allows. */
  readonly limit: number;
  /** Of these, what no function has for itself. */
  readonly unreserved: number;
}

export interface Lid {
  readonly arguments: readonly string[];
  readonly says: string;
}

const CONCURRENCY = 20;
/** Lambda leaves so much to functions without a lid; and there is to be room for this one twice while it is being changed. */
const UNRESERVED = 100;

/** @returns undefined where it would not be accepted, or something else was said. Pure */
export function lidFor(args: readonly string[], account: Account | undefined): Lid | undefined {
  const isSaid = args.some((arg) =>
    /^(--context=|-c=?)?(sdkConcurrency|sdk=web-function)\b/.test(arg),
  );
  if (isSaid || account === undefined) return undefined;
  if (account.unreserved < UNRESERVED + 2 * CONCURRENCY) return undefined;
  return {
    arguments: ['-c', `sdkConcurrency=${CONCURRENCY}`],
    says: `The address for SDKs gets ${CONCURRENCY} of the ${account.limit} executions at once that this account allows: ${10 * CONCURRENCY} requests a second. -c sdkConcurrency=... sets another number.`,
  };
}

/** @returns undefined where nobody may ask, or there are no credentials: the CDK says so better */
export async function readAccount(): Promise<Account | undefined> {
  const client = new LambdaClient({ maxAttempts: 1 });
  try {
    const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
    const { ConcurrentExecutions: limit, UnreservedConcurrentExecutions: unreserved } =
      AccountLimit ?? {};
    return limit === undefined || unreserved === undefined ? undefined : { limit, unreserved };
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
}
