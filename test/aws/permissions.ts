/** What each function of the stack may do, and nothing else: `action resource`, with `photos` as image bucket. */

const logs = (construct: string) =>
  ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => `${action} ${construct}Logs`);

const receive = (queue: string) =>
  [
    'ReceiveMessage',
    'ChangeMessageVisibility',
    'GetQueueUrl',
    'DeleteMessage',
    'GetQueueAttributes',
  ].map((action) => `sqs:${action} ${queue}`);

const KEYS = [
  'ssm:GetParameter arn:Partition:ssm:Region:AccountId:parameter/recollect/Recollect/keys/*',
];
/** On the table. */
const records = (...actions: string[]) => actions.map((a) => `dynamodb:${a} StorageRecords`);
const READ = records('GetItem', 'BatchGetItem', 'Query');
/** A search that notes when faces were found. */
const SEARCH = [...READ, ...records('UpdateItem')];
const DELETE = records('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem');
const ASSOCIATE = records('GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'ConditionCheckItem');
const CHANGE_TAGS = records('GetItem', 'PutItem');
const FOLDING = [...READ, ...records('PutItem', 'ConditionCheckItem', 'BatchWriteItem')];
const ALL = [...FOLDING, ...records('UpdateItem', 'DeleteItem')];
const SHARDS = ['s3:GetObject StorageShards/*', 's3:ListBucket StorageShards'];
const SCANNERS = ['Scan0', 'Scan1', 'Scan2', 'Scan3', 'Scan4', 'Scan5', 'Scan6', 'Scan7'];
const INVOKE = SCANNERS.map((name) => `lambda:InvokeFunction Scanners${name}Function`);
const PHOTOS = ['s3:GetObject', 's3:GetObjectVersion'].map(
  (a) => `${a} arn:Partition:s3:::photos/*`,
);
const RECEIPTS = ['ssm:GetParameter', 'ssm:PutParameter'].map(
  (a) => `${a} arn:Partition:ssm:Region:AccountId:parameter/recollect/Recollect/receipt-key`,
);
const FOLD = ['sqs:SendMessage QueuesFolds'];
const PURGE = ['sqs:SendMessage QueuesPurges'];

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  AssociateFaces: [...KEYS, ...ASSOCIATE, ...FOLD],
  CompareFaces: [...KEYS, ...PHOTOS],
  CreateCollection: [...KEYS, ...records('PutItem')],
  CreateUser: [...KEYS, ...records('GetItem', 'Query', 'PutItem', 'UpdateItem')],
  DeleteCollection: [...KEYS, ...records('GetItem', 'PutItem', 'DeleteItem'), ...PURGE],
  DeleteFaces: [...KEYS, ...DELETE, ...FOLD],
  DeleteUser: [...KEYS, ...ASSOCIATE, ...records('DeleteItem'), ...FOLD],
  DescribeCollection: [...KEYS, ...records('GetItem', 'Query')],
  DetectFaces: [...KEYS, ...PHOTOS],
  DisassociateFaces: [...KEYS, ...ASSOCIATE, ...FOLD],
  IndexFaces: [...KEYS, ...READ, ...records('PutItem', 'UpdateItem'), ...PHOTOS, ...FOLD],
  ListCollections: [...KEYS, ...records('Query')],
  ListFaces: [...KEYS, ...READ],
  ListTagsForResource: [...KEYS, ...records('GetItem')],
  ListUsers: [...KEYS, ...records('GetItem', 'Query')],
  SearchFaces: [...KEYS, ...SEARCH, ...SHARDS, ...INVOKE, ...FOLD],
  SearchFacesByImage: [...KEYS, ...SEARCH, ...SHARDS, ...INVOKE, ...PHOTOS, ...FOLD],
  SearchUsers: [...KEYS, ...SEARCH, ...SHARDS, ...INVOKE, ...FOLD],
  SearchUsersByImage: [...KEYS, ...SEARCH, ...SHARDS, ...INVOKE, ...PHOTOS, ...FOLD],
  TagResource: [...KEYS, ...CHANGE_TAGS],
  UntagResource: [...KEYS, ...CHANGE_TAGS],
  SearchAllFacesByImage: [...KEYS, ...SEARCH, ...SHARDS, ...INVOKE, ...PHOTOS, ...FOLD],
  ExportCollection: [...KEYS, ...records('GetItem', 'Query')],
  ImportCollection: [...KEYS, ...ASSOCIATE, ...records('Query'), ...FOLD],
  DeleteSuppressions: [...KEYS, ...records('GetItem', 'UpdateItem', 'DeleteItem')],
  FindDuplicates: [...KEYS, ...READ, ...SHARDS, ...INVOKE, ...FOLD],
  GetDeletionReceipts: [...KEYS, ...records('Query'), ...RECEIPTS],
  ListSuppressions: [...KEYS, ...records('GetItem', 'Query')],
  MergeUsers: [...KEYS, ...ASSOCIATE, ...records('Query', 'DeleteItem'), ...FOLD],
  SuggestUsers: [...KEYS, ...READ, ...SHARDS, ...INVOKE, ...FOLD],
  SuppressFaces: [...KEYS, ...READ, ...records('PutItem', 'UpdateItem'), ...PHOTOS],
  UndoMergeUsers: [...KEYS, ...ASSOCIATE, ...records('DeleteItem'), ...FOLD],
  UpgradeCollection: [...KEYS, ...ASSOCIATE, ...records('Query', 'DeleteItem'), ...PHOTOS, ...FOLD],
  ReadAudit: [...KEYS],
};

/** By operation. */
export const OPERATIONS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(ALLOWED).map(([name, allowed]) => [
    name,
    [...allowed, ...logs(`Functions${name}`)],
  ]),
);

/** By function. */
export const OTHERS: Readonly<Record<string, readonly string[]>> = Object.fromEntries([
  [
    'Dispatcher',
    [
      ...KEYS,
      // Everything but deletions in batches, which are work after answers.
      ...ALL.filter((action) => !action.includes('BatchWriteItem')),
      ...SHARDS,
      ...INVOKE,
      ...PHOTOS,
      ...RECEIPTS,
      ...FOLD,
      ...PURGE,
      ...logs('FunctionsDispatcher'),
    ],
  ],
  // What all scan functions have in common.
  ['', [...SHARDS, ...logs('Scanners')]],
  [
    'Sweep',
    [
      ...records('GetItem', 'Query'),
      // Of the one item that says who sweeps.
      'dynamodb:PutItem StorageRecords',
      's3:DeleteObject StorageShards/*',
      's3:ListBucket StorageShards',
      ...FOLD,
      ...PURGE,
      ...logs('BackgroundSweep'),
    ],
  ],
  ['Erase', [...ALL, ...SHARDS, ...FOLD, ...logs('BackgroundErase')]],
  [
    'Purge',
    [
      'dynamodb:Query StorageRecords',
      'dynamodb:BatchWriteItem StorageRecords',
      'dynamodb:GetItem StorageRecords',
      'dynamodb:PutItem StorageRecords',
      's3:DeleteObject StorageShards/*',
      's3:ListBucket StorageShards',
      ...PURGE,
      ...receive('QueuesPurges'),
      ...logs('BackgroundPurge'),
    ],
  ],
  [
    'Fold',
    [
      ...FOLDING,
      ...SHARDS,
      's3:PutObject StorageShards/*',
      's3:DeleteObject StorageShards/*',
      ...receive('QueuesFolds'),
      ...logs('BackgroundFold'),
    ],
  ],
]);
