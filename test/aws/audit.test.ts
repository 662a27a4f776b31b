/** A stack that keeps an audit trail: a table of its own, to which functions may add and nothing else. */
import { describe, expect, it } from 'vitest';
import { operations } from '../../functions/operations.ts';
import { entries } from '../../infra/aws/assets/entries.ts';
import { OPERATIONS } from './permissions.ts';
import { only, permissions, synthesise } from './template.ts';

const audited = synthesise({ imageBuckets: ['photos'], auditDays: 365 });
const ADDING = ['dynamodb:PutItem StorageAudit', 'dynamodb:Query StorageAudit'];

describe('with an audit trail', () => {
  it.each(Object.entries(OPERATIONS))('%s may add to it, and no more', (name, allowed) => {
    expect(permissions(audited, name)).toEqual([...allowed, ...ADDING].sort());
  });

  it('nobody may alter or delete a line', () => {
    const all = ['Dispatcher', 'Sweep', 'Purge', 'Fold', ...operations.map(({ name }) => name)];
    const touching = all
      .flatMap((name) => permissions(audited, name))
      .filter((permission) => permission.endsWith(' StorageAudit'));
    expect([...new Set(touching)].sort()).toEqual(ADDING);
  });

  it('functions know the table and for how long lines are kept, and write to it', () => {
    const { Properties } = only(audited, 'AWS::Lambda::Function', 'FunctionsListFacesFunction');
    expect(Properties).toMatchObject({
      Environment: { Variables: { AUDIT_DAYS: '365', AUDIT_TABLE: {} } },
    });
    expect(entries(operations, false, true).get('ListFaces')).toContain(', recorder());');
    expect(entries(operations).get('ListFaces')).not.toContain('recorder');
  });

  it('the table forgets by itself, and stays when the stack goes', () => {
    const table = only(audited, 'AWS::DynamoDB::GlobalTable', 'StorageAudit');
    expect(table.DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(table.Properties).toMatchObject({
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    });
  });
});
