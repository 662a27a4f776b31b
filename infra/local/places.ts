/** What things are called in the databases of one machine, and to whom they belong there. */

export const TABLE = 'recollect';
export const AUDIT_TABLE = 'recollect-audit';
/** Where shards go; photographs belong into buckets of the user's own. */
export const SHARD_BUCKET = 'recollect-shards';
/** AWS accounts are twelve digits; this one is nobody's. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
