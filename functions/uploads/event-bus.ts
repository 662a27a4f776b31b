/** Outcomes as events of the account's default event bus. */
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Outcome, Outcomes } from './outcome.ts';
import { OUTCOME_SOURCE, OUTCOME_TYPE, outcomeDetail } from './outcome.ts';

/** EventBridge has not taken an event; another attempt may do better. */
export class EventRefusedError extends Error {
  override readonly name = 'EventRefusedError';
}

export class EventBusOutcomes implements Outcomes {
  readonly #client: EventBridgeClient;

  constructor(client: EventBridgeClient) {
    this.#client = client;
  }

  /** @throws EventRefusedError, and what the SDK throws */
  async publish(outcome: Outcome): Promise<void> {
    const { FailedEntryCount = 0, Entries = [] } = await this.#client.send(
      new PutEventsCommand({
        Entries: [
          {
            Source: OUTCOME_SOURCE,
            DetailType: OUTCOME_TYPE,
            Detail: outcomeDetail(outcome),
          },
        ],
      }),
    );
    if (FailedEntryCount > 0) {
      const { ErrorCode, ErrorMessage } = Entries[0] ?? {};
      throw new EventRefusedError(`EventBridge refused an outcome: ${ErrorCode} ${ErrorMessage}`);
    }
  }
}
