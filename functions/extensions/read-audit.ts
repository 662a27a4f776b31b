import { decodeToken, encodeToken, extension, ServiceError } from '../../layers/protocol/index.ts';
import type { Services } from '../common/services.ts';
import { readAudit } from './contracts/read-audit.ts';

const SCOPE = ['ReadAudit'];
const DEFAULT_PAGE_SIZE = 1000;

export const ReadAudit = extension(
  readAudit,
  async ({ NextToken, MaxResults = DEFAULT_PAGE_SIZE }, { audit }: Services) => {
    if (audit === undefined) {
      throw new ServiceError(
        'InvalidParameterException',
        'No audit trail is kept here: recollect start --audit-days N, or on AWS -c auditDays=N',
      );
    }
    const [chain = 0, after = 0] = (decodeToken(SCOPE, NextToken) ?? '0#0').split('#').map(Number);
    const { lines, next } = await audit.read({ chain, after }, MaxResults);
    return {
      Lines: [...lines],
      NextToken: next && encodeToken(SCOPE, `${next.chain}#${next.after}`),
    };
  },
);
