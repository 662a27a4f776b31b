/** The audit trail on AWS: a table of its own, where the stack has one. */
import { Trail } from '../../layers/audit/index.ts';
import type { RequestRecord } from '../../layers/protocol/index.ts';
import { auditEntries } from '../common/auditing.ts';
import { dynamodb } from './clients.ts';
import { auditDays, variable } from './environment.ts';

/** Enough that environments which serve at the same time seldom write to the same. */
const CHAINS = 16;

export function trail(): Trail {
  return new Trail({
    client: dynamodb(),
    table: variable('AUDIT_TABLE'),
    days: auditDays(),
    chains: CHAINS,
  });
}

/** Writes what was answered, before it is answered. */
export function recorder(): (record: RequestRecord) => Promise<void> {
  const written = trail();
  return (record) => written.append(auditEntries(record, new Date()));
}
