/** The functions of the stack: what each may do, and how requests and messages reach it. */
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { withoutVideo as operations } from '../../functions/operations.ts';
import { OPERATIONS, OTHERS } from './permissions.ts';
import { only, permissions, synthesise } from './template.ts';

const standard = synthesise({ imageBuckets: ['photos'] });
const { template, resources } = standard;

describe('every operation', () => {
  it('is in the table of this test', () => {
    expect(Object.keys(OPERATIONS)).toEqual(operations.map(({ name }) => name));
  });

  it.each(Object.entries(OPERATIONS))('%s may do exactly what it declares', (name, allowed) => {
    expect(permissions(standard, name)).toEqual([...allowed].sort());
  });

  it.each(operations)(
    '$name has a route, a function and the layer if it runs models',
    (operation) => {
      const { name, uses } = operation;
      const resource = Object.keys(
        template.findResources('AWS::ApiGateway::Resource', { Properties: { PathPart: name } }),
      )[0];
      const lambda = Object.keys(resources).find((id) =>
        new RegExp(`^Functions${name}Function[0-9A-F]{8}$`).test(id),
      );
      template.hasResourceProperties('AWS::ApiGateway::Method', {
        HttpMethod: 'POST',
        ResourceId: { Ref: resource },
        Integration: {
          Type: 'AWS_PROXY',
          Uri: { 'Fn::Join': ['', Match.arrayWith([{ 'Fn::GetAtt': [lambda, 'Arn'] }])] },
        },
      });
      template.hasResource('AWS::Lambda::Permission', {
        Properties: {
          FunctionName: { 'Fn::GetAtt': [lambda, 'Arn'] },
          Principal: 'apigateway.amazonaws.com',
        },
      });
      const { Properties } = only(standard, 'AWS::Lambda::Function', `Functions${name}Function`);
      expect(Properties).toMatchObject({
        Handler: 'index.handler',
        Timeout: 29,
        Architectures: ['arm64'],
      });
      expect('Layers' in Properties).toBe(uses.inference);
    },
  );
});

describe('the other functions', () => {
  it.each(Object.entries(OTHERS))('%s may do what it must', (name, allowed) => {
    expect(permissions(standard, name)).toEqual([...allowed].sort());
  });

  it('SDKs reach the dispatcher at the root of the API', () => {
    template.hasResourceProperties('AWS::ApiGateway::Method', {
      HttpMethod: 'POST',
      ResourceId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^GatewayApi'), 'RootResourceId'] },
    });
  });

  it('take messages one by one, and answer which failed', () => {
    template.allResourcesProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(15 minutes)' });
  });
});
