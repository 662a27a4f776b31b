import { decodeToken, encodeToken, extension, ServiceError } from '../../layers/protocol/index.ts';
import { type ErasureReceipt, subjectDigest } from '../../layers/records/index.ts';
import { takePage } from '../common/pages.ts';
import type { Services } from '../common/services.ts';
import { getDeletionReceipts } from './contracts/get-deletion-receipts.ts';

/** A receipt of 96 faces is about three kilobytes. */
const DEFAULT_RECEIPTS = 100;

export const GetDeletionReceipts = extension(
  getDeletionReceipts,
  async (input, { records, receipts }: Services) => {
    const { CollectionId, FaceId, UserId, DeletedAfter, DeletedBefore } = input;
    if (FaceId !== undefined && UserId !== undefined) {
      throw new ServiceError('InvalidParameterException', 'Either FaceId or UserId, not both.');
    }
    const name = FaceId ?? UserId;
    const from = DeletedAfter?.getTime();
    const until = DeletedBefore?.getTime() ?? Number.POSITIVE_INFINITY;
    const scope = ['GetDeletionReceipts', CollectionId, name ?? '', String(from), String(until)];
    const after = decodeToken(scope, input.NextToken);
    const matches = matching(records.erasures.receipts(CollectionId, { after, from }), {
      until,
      speaksOf: ({ id, digests }) =>
        name === undefined || digests.includes(subjectDigest(id, CollectionId, name)),
    });
    const { items, last } = await takePage(matches, input.MaxResults || DEFAULT_RECEIPTS);
    return {
      Receipts: await receipts.issue(CollectionId, items),
      PublicKey: await receipts.publicKey(),
      ...(last && { NextToken: encodeToken(scope, last.id) }),
    };
  },
);

async function* matching(
  receipts: AsyncIterable<ErasureReceipt>,
  {
    until,
    speaksOf,
  }: { readonly until: number; readonly speaksOf: (receipt: ErasureReceipt) => boolean },
): AsyncGenerator<ErasureReceipt> {
  for await (const receipt of receipts) {
    if (receipt.deletedAt > until) return;
    if (speaksOf(receipt)) yield receipt;
  }
}
