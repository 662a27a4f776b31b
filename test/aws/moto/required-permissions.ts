/** What a request to AWS needs to be allowed: actions on resources, from the request as the SDK sends it. */
import { ACCOUNT, REGION } from './policies.ts';

export interface Asked {
  /** As in the scope of the signature: `dynamodb`, `s3`, ... */
  readonly service: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export type RequiredPermission = readonly [action: string, resource: string];

type Json = Readonly<Record<string, unknown>>;

/** @throws Error for a request that this does not know */
export function requiredPermissions(asked: Asked): RequiredPermission[] {
  const operation = String(asked.headers['x-amz-target'] ?? '')
    .split('.')
    .at(-1);
  switch (asked.service) {
    case 's3':
      return ofS3(asked);
    case 'lambda': {
      const [, name] = /\/functions\/([^/]+)\/invocations/.exec(asked.target) ?? [];
      return [['lambda:InvokeFunction', arn('lambda', `function:${name}`)]];
    }
    case 'dynamodb':
      return ofDynamo(String(operation), json(asked.body));
    case 'sqs': {
      const queue = String(json(asked.body)['QueueUrl']).split('/').at(-1);
      return [[`sqs:${operation}`, arn('sqs', String(queue))]];
    }
    case 'ssm':
      return [[`ssm:${operation}`, arn('ssm', `parameter${json(asked.body)['Name']}`)]];
    case 'sns': {
      // The protocol of forms; the ARN of the topic is the resource.
      const form = new URLSearchParams(asked.body.toString());
      return [[`sns:${form.get('Action')}`, String(form.get('TopicArn'))]];
    }
    case 'events':
      return [['events:PutEvents', arn('events', 'event-bus/default')]];
    default:
      throw new Error(`Unknown service ${asked.service}.`);
  }
}

const WRITES: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

/** A transaction needs what is in it. */
function ofDynamo(operation: string, input: Json): RequiredPermission[] {
  const table = (name: unknown) => arn('dynamodb', `table/${name}`);
  const items = input['TransactItems'];
  if (Array.isArray(items)) {
    return items.flatMap((item: Readonly<Record<string, Json>>) =>
      Object.entries(item).map(
        ([kind, { TableName }]): RequiredPermission => [
          `dynamodb:${WRITES[kind]}`,
          table(TableName),
        ],
      ),
    );
  }
  const batch = input['RequestItems'];
  const tables = batch ? Object.keys(batch) : [String(input['TableName'])];
  return tables.map((name): RequiredPermission => [`dynamodb:${operation}`, table(name)]);
}

function ofS3({ method, target, body }: Asked): RequiredPermission[] {
  const { pathname, searchParams } = new URL(target, 'http://localhost');
  const [, bucket, ...rest] = pathname.split('/');
  const key = rest.map(decodeURIComponent).join('/');
  const whole = `arn:aws:s3:::${bucket}`;
  const object = `${whole}/${key}`;
  if (key === '' && method === 'POST' && searchParams.has('delete')) {
    return [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(
      ([, name]): RequiredPermission => ['s3:DeleteObject', `${whole}/${name}`],
    );
  }
  if (key === '') return [[method === 'GET' ? 's3:ListBucket' : `s3:unknown-${method}`, whole]];
  if (searchParams.has('tagging')) {
    return [[method === 'GET' ? 's3:GetObjectTagging' : 's3:PutObjectTagging', object]];
  }
  switch (method) {
    case 'GET':
    case 'HEAD':
      return [[searchParams.has('versionId') ? 's3:GetObjectVersion' : 's3:GetObject', object]];
    case 'PUT':
      return [['s3:PutObject', object]];
    case 'DELETE':
      return [['s3:DeleteObject', object]];
    default:
      // Uploads in parts.
      return [['s3:PutObject', object]];
  }
}

function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}

function json(body: Buffer): Json {
  return JSON.parse(body.toString('utf8'));
}
