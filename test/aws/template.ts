/** The template of a stack whose bundles and layer are empty folders: quick, and all but the code is real. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdk from '../../cdk.json' with { type: 'json' };
import { operations, withoutVideo } from '../../functions/operations.ts';
import { readConfiguration } from '../../infra/aws/configuration.ts';
import type { PlacedModel } from '../../infra/aws/placement.ts';
import { RecollectStack } from '../../infra/aws/stack.ts';

export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export interface Synthesised {
  readonly stack: Stack;
  readonly template: Template;
  /** By logical id. */
  readonly resources: Readonly<Record<string, Resource>>;
}

/** Templates by their settings: a synthesis takes a second, and what comes of it is only read. */
const known = new Map<string, Synthesised>();

/** The folders are there until the process ends. */
export function synthesise(
  context: Readonly<Record<string, unknown>> = {},
  added: readonly PlacedModel[] = [],
): Synthesised {
  const settings = JSON.stringify([context, added]);
  const synthesised = known.get(settings) ?? synthesiseAnew(context, added);
  known.set(settings, synthesised);
  return synthesised;
}

function synthesiseAnew(
  context: Readonly<Record<string, unknown>>,
  added: readonly PlacedModel[],
): Synthesised {
  const folder = mkdtempSync(path.join(tmpdir(), 'recollect-template-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const empty = path.join(folder, 'empty');
  mkdirSync(empty);
  const app = new App({
    outdir: path.join(folder, 'assembly'),
    // Half of the time goes into remembering where each construct was made.
    context: { ...cdk.context, 'aws:cdk:disable-stack-trace': true },
    treeMetadata: false,
    // It only warns, and takes four seconds for the first template and half a second for each further one.
    builtinCloudFormationValidation: false,
  });
  const configuration = readConfiguration(context);
  const stack = new RecollectStack(app, {
    configuration,
    operations: configuration.video ? operations : withoutVideo,
    faceModel: 'test',
    added,
    bundle: () => empty,
    layer: empty,
    decoder: configuration.video ? empty : undefined,
    web: configuration.sdk === 'web-function' ? empty : undefined,
  });
  const template = Template.fromStack(stack);
  return { stack, template, resources: template.toJSON()['Resources'] };
}

/** The only resource of a type whose logical id begins with the given text. @throws Error */
export function only({ resources }: Synthesised, type: string, prefix = ''): Resource {
  const found = Object.entries(resources).filter(
    ([id, { Type }]) => Type === type && id.startsWith(prefix),
  );
  const [entry] = found;
  if (entry === undefined || found.length > 1) {
    throw new Error(`There are ${found.length} of ${type} ${prefix}.`);
  }
  return entry[1];
}

/**
 * Everything that the role of a function may do, as `action resource`, sorted. Resources are named by their
 * constructs, without the CDK's hash.
 */
export function permissions(synthesised: Synthesised, name: string): string[] {
  const role = new RegExp(`^(Functions|Background|Scanners|Uploads|Videos|Web)${name}Role`);
  return Object.entries(synthesised.resources)
    .filter(([id]) => role.test(id))
    .flatMap(([, resource]) => statementsOf(resource))
    .flatMap(({ Effect, Action, Resource }) =>
      [Action]
        .flat()
        .flatMap((action) =>
          [Resource]
            .flat()
            .map(
              (resource) =>
                `${Effect === 'Allow' ? '' : `${Effect} `}${action} ${symbol(resource)}`,
            ),
        ),
    )
    .sort();
}

interface Document {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

/** Of a policy, or of a role with policies in it. */
function statementsOf({ Type, Properties }: Resource): readonly Statement[] {
  if (Type === 'AWS::IAM::Policy') {
    return (Properties as unknown as Document).PolicyDocument.Statement;
  }
  if (Type !== 'AWS::IAM::Role') return [];
  const { Policies = [] } = Properties as { Policies?: readonly Document[] };
  return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** An ARN, with the names of constructs where the template has references. */
function symbol(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) throw new Error('Not a resource.');
  if ('Ref' in value) return String(value.Ref).replace('AWS::', '');
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) {
    return String(value['Fn::GetAtt'][0]).replace(/[0-9A-F]{8}$/, '');
  }
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const parts: unknown[] = value['Fn::Join'][1];
    return parts.map(symbol).join('');
  }
  throw new Error(`Not a resource: ${JSON.stringify(value)}`);
}
