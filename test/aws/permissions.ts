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
const READ = ['GetItem', 'BatchGetItem', 'Query'].map((a) => `dynamodb:${a} StorageRecords`);
const WRITE = [
  ...READ,
  ...['PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem', 'BatchWriteItem'].map(
    (action) => `dynamodb:${action} StorageRecords`,
  ),
];
const MARK = ['dynamodb:UpdateItem StorageRecords'];
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
  AssociateFaces: [...KEYS, ...WRITE, ...FOLD],
  CompareFaces: [...KEYS, ...PHOTOS],
  CreateCollection: [...KEYS, ...WRITE],
  CreateUser: [...KEYS, ...WRITE],
  DeleteCollection: [...KEYS, ...WRITE, ...PURGE],
  DeleteFaces: [...KEYS, ...WRITE, ...FOLD],
  DeleteUser: [...KEYS, ...WRITE, ...FOLD],
  DescribeCollection: [...KEYS, ...READ],
  DetectFaces: [...KEYS, ...PHOTOS],
  DisassociateFaces: [...KEYS, ...WRITE, ...FOLD],
  IndexFaces: [...KEYS, ...WRITE, ...PHOTOS, ...FOLD],
  ListCollections: [...KEYS, ...READ],
  ListFaces: [...KEYS, ...READ],
  ListTagsForResource: [...KEYS, ...READ],
  ListUsers: [...KEYS, ...READ],
  SearchFaces: [...KEYS, ...READ, ...MARK, ...SHARDS, ...INVOKE, ...FOLD],
  SearchFacesByImage: [...KEYS, ...READ, ...MARK, ...SHARDS, ...INVOKE, ...PHOTOS, ...FOLD],
  SearchUsers: [...KEYS, ...READ, ...MARK, ...SHARDS, ...INVOKE, ...FOLD],
  SearchUsersByImage: [...KEYS, ...READ, ...MARK, ...SHARDS, ...INVOKE, ...PHOTOS, ...FOLD],
  TagResource: [...KEYS, ...WRITE],
  UntagResource: [...KEYS, ...WRITE],
  SearchAllFacesByImage: [...KEYS, ...READ, ...MARK, ...SHARDS, ...INVOKE, ...PHOTOS, ...FOLD],
  ExportCollection: [...KEYS, ...READ],
  ImportCollection: [...KEYS, ...WRITE, ...FOLD],
  DeleteSuppressions: [...KEYS, ...WRITE],
  FindDuplicates: [...KEYS, ...READ, ...SHARDS, ...INVOKE, ...FOLD],
  GetDeletionReceipts: [...KEYS, ...READ, ...RECEIPTS],
  ListSuppressions: [...KEYS, ...READ],
  MergeUsers: [...KEYS, ...WRITE, ...FOLD],
  SuggestUsers: [...KEYS, ...READ, ...SHARDS, ...INVOKE, ...FOLD],
  SuppressFaces: [...KEYS, ...WRITE, ...PHOTOS],
  UndoMergeUsers: [...KEYS, ...WRITE, ...FOLD],
  UpgradeCollection: [...KEYS, ...WRITE, ...PHOTOS, ...FOLD],
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
      ...WRITE,
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
      ...READ,
      // Of the one item that says who sweeps.
      'dynamodb:PutItem StorageRecords',
      's3:DeleteObject StorageShards/*',
      's3:ListBucket StorageShards',
      ...FOLD,
      ...PURGE,
      ...logs('BackgroundSweep'),
    ],
  ],
  ['Erase', [...WRITE, ...SHARDS, ...FOLD, ...logs('BackgroundErase')]],
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
      ...WRITE,
      ...SHARDS,
      's3:PutObject StorageShards/*',
      's3:DeleteObject StorageShards/*',
      ...receive('QueuesFolds'),
      ...logs('BackgroundFold'),
    ],
  ],
]);
