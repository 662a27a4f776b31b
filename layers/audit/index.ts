/** Who did what, and what they were answered: an append-only trail, chained by hashes, and its verification. */
export { TrailBusyError } from './errors.ts';
export { type AuditEntry, type AuditLine, hashOf, type Returned } from './line.ts';
export { type Position, Trail, type TrailOptions } from './trail.ts';
export { type Heads, type Problem, TrailCheck } from './verify.ts';
