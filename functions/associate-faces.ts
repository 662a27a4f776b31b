import { COMMON_ERRORS, operation } from '../layers/protocol/index.ts';
import { AssociateFacesInput, AssociateFacesOutput, associateFaces } from './common/associating.ts';

/**
 * Associates faces with a user who exists. All associations of a call hold or none does; beyond 95 faces
 * that goes for the first 95 and for the others.
 */
export const AssociateFaces = operation({
  name: 'AssociateFaces',
  input: AssociateFacesInput,
  output: AssociateFacesOutput,
  errors: [
    ...COMMON_ERRORS,
    'ConflictException',
    'IdempotentParameterMismatchException',
    'ResourceNotFoundException',
    'ServiceQuotaExceededException',
  ],
  uses: {
    records: ['BatchGetItem', 'ConditionCheckItem', 'GetItem', 'PutItem', 'UpdateItem'],
    shards: 'none',
    images: false,
    inference: false,
    faceModels: true,
    jobs: ['fold'],
  },
  handler: associateFaces,
});
