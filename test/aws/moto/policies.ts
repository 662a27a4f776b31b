/** What each function of a template may do, and whether a request to AWS is among it. */
import type { Resource, Template } from '../../support/lambda-host.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

export interface Allowed {
  readonly action: string;
  readonly resource: string;
}

/** The name of a function, from the logical id of the resource. */
export function functionName(logicalId: string): string | undefined {
  return /^(?:Functions|Background|Scanners|Uploads|Videos)(.*)Function[0-9A-F]{8}$/.exec(
    logicalId,
  )?.[1];
}

/**
 * Everything that each function may do, action by action.
 * @param physical the names of resources
 */
export function policiesOf(
  template: Template,
  physical: (logicalId: string) => string,
): Map<string, Allowed[]> {
  const byRole = new Map<string, Allowed[]>();
  const add = (role: string, statements: readonly Statement[]) => {
    const allowed = byRole.get(role) ?? [];
    for (const { Effect, Action, Resource: resources } of statements) {
      // There are none, and this understands none.
      if (Effect !== 'Allow') throw new Error('A policy denies something.');
      for (const action of [Action].flat()) {
        for (const resource of [resources].flat()) {
          allowed.push({ action, resource: resolve(template, physical, resource) });
        }
      }
    }
    byRole.set(role, allowed);
  };
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type === 'AWS::IAM::Role') {
      for (const document of (Properties['Policies'] ?? []) as Document[]) {
        add(id, document.PolicyDocument.Statement);
      }
    } else if (Type === 'AWS::IAM::Policy') {
      const { Roles, PolicyDocument } = Properties as unknown as Document & {
        Roles: { Ref: string }[];
      };
      for (const { Ref } of Roles) add(Ref, PolicyDocument.Statement);
    }
  }
  return new Map(
    Object.entries(template.Resources).flatMap(([id, resource]): [string, Allowed[]][] => {
      const name = functionName(id);
      if (name === undefined || resource.Type !== 'AWS::Lambda::Function') return [];
      return [[name, byRole.get(roleOf(resource)) ?? []]];
    }),
  );
}

interface Document {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

function roleOf({ Properties }: Resource): string {
  return String((Properties['Role'] as { 'Fn::GetAtt': string[] })['Fn::GetAtt'][0]);
}

export function isAllowed(allowed: readonly Allowed[], action: string, resource: string): boolean {
  return allowed.some((one) => like(one.action, action) && like(one.resource, resource));
}

function like(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}

/** An ARN, as CloudFormation puts it together. */
function resolve(
  template: Template,
  physical: (logicalId: string) => string,
  value: unknown,
): string {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::Partition': 'aws',
    'AWS::Region': REGION,
    'AWS::AccountId': ACCOUNT,
  };
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) throw new Error('Not a resource.');
  if ('Ref' in value) return pseudo[String(value.Ref)] ?? physical(String(value.Ref));
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) {
    return arnOf(template, physical, String(value['Fn::GetAtt'][0]));
  }
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [separator, parts] = value['Fn::Join'] as [string, unknown[]];
    return parts.map((part) => resolve(template, physical, part)).join(separator);
  }
  throw new Error(`Not a resource: ${JSON.stringify(value)}`);
}

function arnOf(template: Template, physical: (logicalId: string) => string, id: string): string {
  const name = physical(id);
  switch (template.Resources[id]?.Type) {
    case 'AWS::SQS::Queue':
      return `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
    case 'AWS::S3::Bucket':
      return `arn:aws:s3:::${name}`;
    case 'AWS::DynamoDB::GlobalTable':
      return `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;
    case 'AWS::Lambda::Function':
      return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
    default:
      return `arn:aws:other:${REGION}:${ACCOUNT}:${id}`;
  }
}
