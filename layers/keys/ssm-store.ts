/**
 * Access keys in AWS Systems Manager's Parameter Store: one SecureString (encrypted with KMS) for each,
 * `<prefix>/<id>`; and, under `<prefix>/mark`, the secret with which ids prove themselves. It is made with the first
 * key. Asking Parameter Store for every id that somebody makes up would use up what the account may ask.
 *
 * Whoever only serves requests needs `ssm:GetParameter` on `<prefix>/*`; whoever manages keys also
 * `ssm:PutParameter`, `ssm:DeleteParameter` and `ssm:GetParametersByPath`.
 */
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { AccessKey, KeyDescription } from '../protocol/index.ts';
import {
  decodeKey,
  describeKey,
  encodeKey,
  isKeyId,
  MARK_SECRET_BYTES,
} from '../protocol/index.ts';
import type { KeyStore } from './store.ts';
import { byCreation, KeyExistsError, UnknownKeyError } from './store.ts';

const MARK = 'mark';

/** Where the keys of a deployed stack are, as the stack's policies have it. */
export function keyPrefix(stack: string): string {
  return `/recollect/${stack}/keys`;
}

export class SsmKeyStore implements KeyStore {
  readonly #ssm: SSMClient;
  readonly #prefix: string;

  /** @param prefix such as {@link keyPrefix} gives */
  constructor(ssm: SSMClient, prefix: string) {
    this.#ssm = ssm;
    this.#prefix = prefix;
  }

  async create(key: AccessKey): Promise<void> {
    try {
      await this.#put(key.id, encodeKey(key));
    } catch (error) {
      throw error instanceof ParameterAlreadyExists
        ? new KeyExistsError(key.id, { cause: error })
        : error;
    }
  }

  async find(id: string): Promise<AccessKey | undefined> {
    if (!isKeyId(id)) return undefined;
    const value = await this.#read(id);
    return value === undefined ? undefined : decodeKey(id, value);
  }

  mark = async (): Promise<Uint8Array | undefined> => {
    const value = await this.#read(MARK);
    return value === undefined ? undefined : Buffer.from(value, 'base64');
  };

  /** Two at the same time have the same. */
  async markForNew(random: (bytes: number) => Buffer): Promise<Uint8Array> {
    const existing = await this.mark();
    if (existing !== undefined) return existing;
    const secret = random(MARK_SECRET_BYTES);
    try {
      await this.#put(MARK, secret.toString('base64'));
      return secret;
    } catch (error) {
      if (!(error instanceof ParameterAlreadyExists)) throw error;
      return (await this.mark()) ?? secret;
    }
  }

  async list(): Promise<KeyDescription[]> {
    const keys: KeyDescription[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.#ssm.send(
        new GetParametersByPathCommand({ Path: this.#prefix, WithDecryption: true, NextToken }),
      );
      for (const { Name = '', Value = '' } of page.Parameters ?? []) {
        const id = Name.slice(this.#prefix.length + 1);
        if (isKeyId(id)) keys.push(describeKey(decodeKey(id, Value)));
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return keys.sort(byCreation);
  }

  async revoke(id: string): Promise<void> {
    if (!isKeyId(id)) throw new UnknownKeyError(id);
    try {
      await this.#ssm.send(new DeleteParameterCommand({ Name: this.#name(id) }));
    } catch (error) {
      throw error instanceof ParameterNotFound ? new UnknownKeyError(id, { cause: error }) : error;
    }
  }

  async #put(name: string, value: string): Promise<void> {
    const Name = this.#name(name);
    await this.#ssm.send(
      new PutParameterCommand({ Name, Type: 'SecureString', Value: value, Overwrite: false }),
    );
  }

  /** @returns undefined where there is none */
  async #read(name: string): Promise<string | undefined> {
    try {
      const { Parameter } = await this.#ssm.send(
        new GetParameterCommand({ Name: this.#name(name), WithDecryption: true }),
      );
      return Parameter?.Value ?? '';
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      throw error;
    }
  }

  #name(id: string): string {
    return `${this.#prefix}/${id}`;
  }
}
