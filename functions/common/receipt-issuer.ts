/** Gives out receipts: signs what the records say of deletions, as of now. */
import type { SigningKeyStore } from '../../layers/keys/index.ts';
import type { ErasureReceipt } from '../../layers/records/index.ts';
import { type SignedReceipt, signReceipt, statementOf } from './receipts.ts';

export class ReceiptIssuer {
  readonly #keys: SigningKeyStore;
  readonly #clock: () => number;

  /** @param clock milliseconds since the epoch */
  constructor(keys: SigningKeyStore, clock: () => number = Date.now) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /** PEM. @throws SigningKeyDamagedError */
  async publicKey(): Promise<string> {
    return (await this.#keys.get()).publicKey;
  }

  /** @throws SigningKeyDamagedError */
  async issue(collectionId: string, receipts: readonly ErasureReceipt[]): Promise<SignedReceipt[]> {
    const key = await this.#keys.get();
    const now = this.#clock();
    return receipts.map((receipt) => signReceipt(statementOf(collectionId, receipt, now), key));
  }
}
