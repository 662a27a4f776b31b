/**
 * Request models: dynalite's, with the members it does not know yet, and those of the operations
 * it does not have.
 */
import type { MemberType, MemberTypes } from 'dynalite/types';
import batchGetItem from 'dynalite/validations/batchGetItem.js';
import batchWriteItem from 'dynalite/validations/batchWriteItem.js';
import createTable from 'dynalite/validations/createTable.js';
import deleteItem from 'dynalite/validations/deleteItem.js';
import deleteTable from 'dynalite/validations/deleteTable.js';
import describeTable from 'dynalite/validations/describeTable.js';
import getItem from 'dynalite/validations/getItem.js';
import listTables from 'dynalite/validations/listTables.js';
import putItem from 'dynalite/validations/putItem.js';
import query from 'dynalite/validations/query.js';
import scan from 'dynalite/validations/scan.js';
import updateItem from 'dynalite/validations/updateItem.js';
import type { RequestModel } from './dynalite.ts';

const tableName: MemberTypes = {
  TableName: {
    type: 'String',
    notNull: true,
    regex: '[a-zA-Z0-9_.-]+',
    lengthGreaterThanOrEqual: 3,
    lengthLessThanOrEqual: 255,
  },
};

const onConditionCheckFailure: MemberTypes = {
  ReturnValuesOnConditionCheckFailure: { type: 'String', enum: ['ALL_OLD', 'NONE'] },
};

const returnConsumedCapacity: MemberTypes = {
  ReturnConsumedCapacity: { type: 'String', enum: ['INDEXES', 'TOTAL', 'NONE'] },
};

function extended(model: RequestModel, types: MemberTypes): RequestModel {
  return { ...model, types: { ...model.types, ...types } };
}

/** One action of a transaction: some members of the single operation, some of them required. */
function action(
  shape: string,
  { types }: RequestModel,
  members: string[],
  required: string[] = [],
): MemberType {
  const children: MemberTypes = { ...tableName };
  for (const member of members) {
    const type = types[member];
    if (type === undefined) throw new Error(`dynalite has no member ${member} for ${shape}`);
    children[member] = type;
  }
  for (const member of required) children[member] = { type: 'String', notNull: true };
  return { type: `FieldStruct<${shape}>`, children };
}

function writeAction(...[shape, model, members, required]: Parameters<typeof action>): MemberType {
  return action(
    shape,
    extended(model, onConditionCheckFailure),
    [...members, ...Object.keys(onConditionCheckFailure)],
    required,
  );
}

const expressionParts = ['ExpressionAttributeNames', 'ExpressionAttributeValues'];
const conditional = ['ConditionExpression', ...expressionParts];

function transactItems(shape: string, children: MemberTypes): MemberTypes {
  return {
    TransactItems: {
      type: 'List',
      notNull: true,
      lengthGreaterThanOrEqual: 1,
      lengthLessThanOrEqual: 100,
      children: { type: `ValueStruct<${shape}>`, children },
    },
  };
}

export const models = {
  getItem,
  batchGetItem,
  query,
  scan,
  batchWriteItem,
  putItem: extended(putItem, onConditionCheckFailure),
  updateItem: extended(updateItem, onConditionCheckFailure),
  deleteItem: extended(deleteItem, onConditionCheckFailure),

  transactWriteItems: {
    types: {
      ClientRequestToken: {
        type: 'String',
        lengthGreaterThanOrEqual: 1,
        lengthLessThanOrEqual: 36,
      },
      ...returnConsumedCapacity,
      ReturnItemCollectionMetrics: { type: 'String', enum: ['SIZE', 'NONE'] },
      ...transactItems('TransactWriteItem', {
        ConditionCheck: writeAction(
          'ConditionCheck',
          deleteItem,
          ['Key', ...expressionParts],
          ['ConditionExpression'],
        ),
        Put: writeAction('Put', putItem, ['Item', ...conditional]),
        Delete: writeAction('Delete', deleteItem, ['Key', ...conditional]),
        Update: writeAction('Update', updateItem, ['Key', ...conditional], ['UpdateExpression']),
      }),
    },
  },
  transactGetItems: {
    types: {
      ...returnConsumedCapacity,
      ...transactItems('TransactGetItem', {
        Get: {
          ...action('Get', getItem, ['Key', 'ProjectionExpression', 'ExpressionAttributeNames']),
          notNull: true,
        },
      }),
    },
  },

  createTable: extended(createTable, { DeletionProtectionEnabled: 'Boolean' }),
  describeTable,
  deleteTable,
  listTables,
  updateTable: {
    types: {
      ...tableName,
      DeletionProtectionEnabled: 'Boolean',
      BillingMode: { type: 'String', enum: ['PROVISIONED', 'PAY_PER_REQUEST'] },
      GlobalSecondaryIndexUpdates: {
        type: 'List',
        children: { type: 'ValueStruct<GlobalSecondaryIndexUpdate>', children: {} },
      },
    },
  },
  updateTimeToLive: {
    types: {
      ...tableName,
      TimeToLiveSpecification: {
        type: 'FieldStruct<TimeToLiveSpecification>',
        notNull: true,
        children: {
          Enabled: { type: 'Boolean', notNull: true },
          AttributeName: {
            type: 'String',
            notNull: true,
            lengthGreaterThanOrEqual: 1,
            lengthLessThanOrEqual: 255,
          },
        },
      },
    },
  },
  describeTimeToLive: { types: tableName },
} satisfies Record<string, RequestModel>;
