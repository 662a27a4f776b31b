/** Operations in a process that may die at any of its calls to the database. */
import { createServices } from '../../functions/common/services.ts';
import { operations } from '../../functions/operations.ts';
import { BUILT_IN_FACE_MODELS } from '../../layers/inference/index.ts';
import type { NewFace } from '../../layers/records/index.ts';
import { Records } from '../../layers/records/index.ts';
import { intercept } from './faults.ts';
import type { Random } from './random.ts';
import type { TestDatabase } from './tables.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface Death {
  /** The n-th call to the database, from 1. */
  readonly call: number;
  readonly when: 'before' | 'after';
}

const CALL = { requestId: 'r', region: 'us-east-1', accountId: '000000000000' };
const nothing = async () => undefined;

/** @param dies never, if it makes fewer calls */
export function mortalProcess(database: TestDatabase, table: string, dies?: Death) {
  const client = database.connect();
  let calls = 0;
  intercept(client, async (call) => {
    const dying = ++calls === dies?.call;
    if (calls > (dies?.call ?? Number.POSITIVE_INFINITY)) throw new Error('The process is dead.');
    if (dying && dies?.when === 'before') throw new Error('The process dies.');
    const output = await call.proceed();
    if (dying) throw new Error('The process dies.');
    return output;
  });
  const services = createServices({
    faceModels: () => BUILT_IN_FACE_MODELS,
    records: () => new Records({ client, table }),
    jobs: () => ({ tailGrew: nothing, tailSeen: nothing, shardLost: nothing, purge: nothing }),
  });
  return {
    calls: () => calls,
    async send(name: string, body: Fields): Promise<Fields> {
      const operation = operations.find((candidate) => candidate.name === name);
      if (operation === undefined) throw new RangeError(`No operation ${name}.`);
      return JSON.parse((await operation.prepare(JSON.stringify(body)).run(services, CALL)).body);
    },
  };
}

/** Faces of nobody in particular. */
export function randomFaces(random: Random, count: number): NewFace[] {
  return Array.from({ length: count }, () => {
    const id = random.uuid();
    const box = { left: 0, top: 0, width: 1, height: 1 };
    const vector = random.unitVector(192);
    return { id, imageId: id, box, confidence: 99, faceModel: '1.0', vector };
  });
}
