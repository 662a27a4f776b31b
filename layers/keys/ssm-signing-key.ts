/**
 * The key of receipts in Parameter Store: one SecureString. Its user needs `ssm:GetParameter` and, as long as it
 * has not been made, `ssm:PutParameter` on it.
 */
import {
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { newSigningKey, type SigningKey, type SigningKeyStore, signingKey } from './signing-key.ts';

/** Where the key of a deployed stack is, as the stack's policies have it. */
export function receiptKeyName(stack: string): string {
  return `/recollect/${stack}/receipt-key`;
}

export class SsmSigningKey implements SigningKeyStore {
  readonly #ssm: SSMClient;
  readonly #name: string;
  #key: SigningKey | undefined;

  /** @param name such as {@link receiptKeyName} gives */
  constructor(ssm: SSMClient, name: string) {
    this.#ssm = ssm;
    this.#name = name;
  }

  async get(): Promise<SigningKey> {
    this.#key ??= signingKey((await this.#find()) ?? (await this.#create()), this.#name);
    return this.#key;
  }

  async #find(): Promise<string | undefined> {
    try {
      const { Parameter } = await this.#ssm.send(
        new GetParameterCommand({ Name: this.#name, WithDecryption: true }),
      );
      return Parameter?.Value ?? '';
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      throw error;
    }
  }

  /** @returns the key that is there then, whoever made it */
  async #create(): Promise<string> {
    const pem = newSigningKey();
    try {
      await this.#ssm.send(
        new PutParameterCommand({
          Name: this.#name,
          Type: 'SecureString',
          Value: pem,
          Overwrite: false,
        }),
      );
      return pem;
    } catch (error) {
      if (error instanceof ParameterAlreadyExists) return (await this.#find()) ?? '';
      throw error;
    }
  }
}
