/** What the doctor finds out about a stack, before it says what that means. */

/** How a call to an address went. */
export interface CallResult {
  readonly address: 'SdkEndpoint' | 'HttpEndpoint';
  readonly url: string;
  readonly how: 'signed' | 'bearer';
  /** `ok`, the name of the error that was answered, or what went wrong on the way. */
  readonly outcome: string;
  /** Of the first call, which may start an environment, and of the second. */
  readonly milliseconds: readonly number[];
  /** By how much the clock there is ahead of the one here; undefined where no answer said. */
  readonly clockAheadMs: number | undefined;
}

export interface AlarmFacts {
  readonly name: string;
  readonly state: string;
  /** Topics that it publishes to. */
  readonly topics: readonly string[];
}

export interface TopicFacts {
  readonly arn: string;
  /** Whether alarms of the account may publish to it. */
  readonly takesAlarms: boolean;
  readonly confirmed: number;
  readonly unconfirmed: number;
}

export interface StackFacts {
  readonly status: string;
  readonly calls: readonly CallResult[];
  readonly alarms: readonly AlarmFacts[];
  readonly topics: readonly TopicFacts[];
  /** Executions at once that Lambda allows the account. */
  readonly accountConcurrency: number;
  /** Those of the function behind the address for SDKs; undefined where it has no lid of its own. */
  readonly sdkConcurrency: number | undefined;
  /** Whether that address is a web function, which has lids of its own. */
  readonly isWeb: boolean;
}
