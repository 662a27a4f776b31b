/**
 * DynamoDB's JSON wire forms, as far as the local DynamoDB reads them. Binary values are base64
 * text and numbers are decimal text, exactly as they travel.
 */

export type AttributeValue =
  | { S: string }
  | { N: string }
  | { B: string }
  | { BOOL: boolean }
  | { NULL: boolean }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: string[] }
  | { L: AttributeValue[] }
  | { M: Item };

export interface Item {
  [attribute: string]: AttributeValue;
}

/** What every response is before it is serialised. */
export type Response = Record<string, unknown>;

/** The part of a table's description that reading and writing items needs. */
export interface TableSchema {
  TableName: string;
  KeySchema: { AttributeName: string; KeyType: string }[];
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
}

/** Members that PutItem, UpdateItem, DeleteItem and the actions of a transaction share. */
export interface WriteRequest {
  TableName: string;
  ReturnConsumedCapacity?: string;
  ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE';
}

export interface PutRequest extends WriteRequest {
  Item: Item;
}

export interface KeyedWriteRequest extends WriteRequest {
  Key: Item;
}
