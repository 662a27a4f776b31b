/** What is written down of a request: ids and similarities, and nothing by which a face could be known again. */
import { describe, expect, it } from 'vitest';
import { auditEntries } from '../../functions/common/auditing.ts';
import type { RequestRecord } from '../../layers/protocol/index.ts';

const NOW = new Date('2026-11-26T12:00:00Z');
const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

const record = (more: Partial<RequestRecord>): RequestRecord => ({
  requestId: 'r',
  keyId: 'AKIA',
  operation: 'SearchFacesByImage',
  collection: 'friends',
  status: 200,
  errorName: undefined,
  input: undefined,
  output: undefined,
  ...more,
});

describe('an entry', () => {
  it('has who asked for what, and whom a search returned', () => {
    const Face = {
      FaceId: id(1),
      BoundingBox: { Left: 0.5 },
      ExternalImageId: 'x',
      UserId: 'anna',
    };
    const entries = auditEntries(
      record({
        input: {
          CollectionId: 'friends',
          Image: { Bytes: new Uint8Array([9, 9, 9]) },
          FaceMatchThreshold: 90,
        },
        output: {
          SearchedFaceBoundingBox: { Left: 0.1 },
          FaceMatches: [{ Similarity: 99.5, Face }],
          FaceModelVersion: '1.0',
        },
      }),
      NOW,
    );
    expect(entries).toEqual([
      {
        Time: '2026-11-26T12:00:00.000Z',
        RequestId: 'r',
        AccessKeyId: 'AKIA',
        Operation: 'SearchFacesByImage',
        CollectionId: 'friends',
        Status: 200,
        Error: undefined,
        Named: { FaceMatchThreshold: '90' },
        Returned: [{ FaceId: id(1), UserId: 'anna', Similarity: 99.5 }],
      },
    ]);
  });

  it.each<[string, object, object[] | undefined]>([
    [
      'SearchUsers',
      { UserMatches: [{ Similarity: 90, User: { UserId: 'anna', UserStatus: 'ACTIVE' } }] },
      [{ UserId: 'anna', Similarity: 90 }],
    ],
    [
      'IndexFaces',
      { FaceRecords: [{ Face: { FaceId: id(2) }, FaceDetail: { Confidence: 99 } }] },
      [{ FaceId: id(2) }],
    ],
    ['DeleteFaces', { DeletedFaces: [id(3), id(4)] }, [{ FaceId: id(3) }, { FaceId: id(4) }]],
    [
      'ImportCollection',
      { Faces: 1, UnassociatedFaces: [{ UserId: 'bob', FaceId: id(5), Reason: 'X' }] },
      [{ FaceId: id(5), UserId: 'bob' }],
    ],
    ['ListFaces', { Faces: [{ FaceId: id(6) }] }, undefined],
    ['ExportCollection', { Faces: [{ FaceId: id(7), Vector: new Uint8Array(8) }] }, undefined],
  ])('of %s has the ids of its answer', (operation, output, returned) => {
    expect(auditEntries(record({ operation, output }), NOW)[0]?.Returned).toEqual(returned);
  });

  it('of an error says which, and what was named', () => {
    const input = { FaceId: id(1), CollectionId: 'friends' };
    const [entry] = auditEntries(
      record({ status: 400, errorName: 'AccessDeniedException', input }),
      NOW,
    );
    expect(entry).toMatchObject({
      Status: 400,
      Error: 'AccessDeniedException',
      Named: { FaceId: id(1) },
    });
  });

  it('of a long answer is several, and leaves nothing out', () => {
    const FaceMatches = Array.from({ length: 4096 }, (_, n) => ({
      Similarity: 80,
      Face: { FaceId: id(n) },
    }));
    const entries = auditEntries(record({ output: { FaceMatches } }), NOW);
    expect(entries.map(({ Part, Parts }) => [Part, Parts])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    expect(entries.flatMap(({ Returned }) => Returned ?? [])).toHaveLength(4096);
    for (const entry of entries) expect(JSON.stringify(entry).length).toBeLessThan(300_000);
  });
});
