import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Match, Template } from 'aws-cdk-lib/assertions';

import { operations } from '../lib/api/operations.ts';
import { readStage } from '../lib/stage/stage.ts';
import { STAGES } from '../lib/stage/stages.ts';
import { only, physicalNames, resources, STAGE_NAMES, stage, synthesise } from './synthesised.ts';

const VARIABLES = [
  'COUNTERSIGN_ALLOWED_ORIGINS',
  'COUNTERSIGN_DESCRIPTION',
  'COUNTERSIGN_ISSUER',
  'COUNTERSIGN_MONGODB_POOL',
  'COUNTERSIGN_MONGODB_SECRET',
  'COUNTERSIGN_REFRESH_SECRET',
  'ENVIRONMENT',
  'JWT_SECRET_KEY',
  'LOG_LEVEL',
  'MONGODB_URI',
];

function each(title: string, check: (template: Template, name: string) => void): void {
  test(title, () => STAGE_NAMES.forEach((name) => check(stage(name).api, name)));
}

each('I01: the stacks have the names of the predecessor, and those of the stages differ', (_, name) => {
  const { app, stacks } = stage(name);
  assert.deepEqual(app.node.children.map((child) => child.node.id).filter((id) => id !== 'Tree'), [
    'AuthServiceDatabase',
    'AuthServiceApi',
  ]);
  assert.equal(stacks.api.stackName, `AuthServiceApi-${name}`);
});

test('two stages of one account and region share no name', () => {
  const seen = new Map<string, string>();
  for (const name of STAGE_NAMES) {
    const { database, api, stacks } = stage(name);
    const names = [stacks.database.stackName, stacks.api.stackName, ...physicalNames(database), ...physicalNames(api)];
    assert.ok(names.length > 30, `${names.length}`);
    for (const one of new Set(names)) {
      assert.equal(seen.get(one) ?? name, name, one);
      seen.set(one, name);
    }
  }
});

each('I14: the function and its alias', (template, name) => {
  const { service } = stage(name).configuration;
  template.hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: `countersign-${name}`,
    Runtime: 'provided.al2023',
    Architectures: ['arm64'],
    Handler: 'bootstrap',
    MemorySize: service.memoryMiB,
    Timeout: 10,
    ReservedConcurrentExecutions: service.reservedConcurrency,
    TracingConfig: { Mode: 'Active' },
  });
  template.hasResourceProperties('AWS::Lambda::Alias', { Name: 'live', FunctionVersion: Match.anyValue() });
  const alias = resources(template, 'AWS::Lambda::Alias')[0]?.[0] as string;
  const called = resources(template, 'AWS::ApiGateway::Method').filter(([, of]) => of.Properties.HttpMethod !== 'OPTIONS');
  for (const [id, method] of called) {
    assert.ok(JSON.stringify(method.Properties.Integration.Uri).includes(alias), id);
  }
});

each('I15, I12: the variables are those of the settings, small, and without a secret', (template, name) => {
  const { Variables } = only(template, 'AWS::Lambda::Function', 'ServiceFunction').Properties.Environment;
  assert.deepEqual(Object.keys(Variables).sort(), VARIABLES);
  assert.equal(Variables.ENVIRONMENT, name);
  const text = JSON.stringify(Variables);
  assert.ok(text.length < 4096);
  assert.ok(!text.includes('resolve:'), text);
  for (const secret of ['JWT_SECRET_KEY', 'COUNTERSIGN_REFRESH_SECRET', 'COUNTERSIGN_MONGODB_SECRET']) {
    assert.equal(typeof Variables[secret], 'object', `${secret} is a reference`);
  }
  assert.ok(!JSON.stringify(Variables.MONGODB_URI).includes('@'));
});

each('I17: no role may do everything, and a secret only by its name', (template) => {
  for (const [id, policy] of resources(template, 'AWS::IAM::Policy')) {
    for (const statement of policy.Properties.PolicyDocument.Statement) {
      const actions = [statement.Action].flat() as string[];
      assert.ok(actions.every((action) => !action.includes('*') || action.startsWith('kms:')), `${id}: ${actions}`);
      const anything = [statement.Resource].flat().includes('*');
      assert.ok(!anything || actions.every((action) => /^(ec2|xray):/.test(action)), `${id}: ${actions}`);
      if (actions.includes('kms:Decrypt') && !actions.includes('kms:Encrypt')) {
        assert.ok(statement.Condition?.StringEquals?.['kms:ViaService'], id);
      }
    }
  }
});

each('I18: the stage of the API logs without query and token, traces and throttles', (template, name) => {
  const { api } = stage(name).configuration;
  const { Properties } = only(template, 'AWS::ApiGateway::Stage');
  const format = JSON.parse(Properties.AccessLogSetting.Format) as Record<string, string>;
  for (const field of ['requestId', 'status', 'latencyMs', 'authorizerError']) {
    assert.ok(format[field], field);
  }
  assert.doesNotMatch(Properties.AccessLogSetting.Format, /header|query|authorization|\$context\.path/i);
  assert.equal(Properties.TracingEnabled, true);
  const settings = Properties.MethodSettings as { ResourcePath: string; DataTraceEnabled: boolean; ThrottlingRateLimit: number }[];
  assert.ok(settings.every((of) => of.DataTraceEnabled === false));
  const rate = (path: string): number | undefined => settings.find((of) => of.ResourcePath === path)?.ThrottlingRateLimit;
  assert.equal(rate('/*'), api.throttle.perSecond);
  for (const path of ['/~1v1~1login', '/~1v1~1token~1refresh', '/~1v1~1register', '/~1v1~1setup']) {
    assert.equal(rate(path), api.throttleOfCredentials.perSecond, path);
  }
});

each('I18: the routes are those of the description, and nothing else reaches the function', (template, name) => {
  const described = JSON.parse(readFileSync(new URL('../../hosts/rest/openapi.json', import.meta.url), 'utf8')) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const parents = new Map(resources(template, 'AWS::ApiGateway::Resource'));
  const path = (reference: { Ref?: string }): string => {
    const found = parents.get(reference.Ref ?? '');
    return found === undefined ? '' : `${path(found.Properties.ParentId)}/${found.Properties.PathPart}`;
  };
  const routes = resources(template, 'AWS::ApiGateway::Method')
    .filter(([, of]) => of.Properties.HttpMethod !== 'OPTIONS')
    .map(([, of]) => `${of.Properties.HttpMethod} ${path(of.Properties.ResourceId) || '/'}`);
  const expected = Object.entries(described.paths).flatMap(([of, item]) =>
    Object.keys(item)
      .filter((method) => method !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${of}`),
  );
  const describes = stage(name).configuration.service.description === 'on';
  const pages = operations(describes).map((of) => `${of.method} ${of.path}`).filter((route) => !expected.includes(route));
  assert.deepEqual([...routes].sort(), [...expected, ...pages].sort());
  assert.ok(pages.every((page) => /^GET \/(assets|problems|docs|openapi|$)/.test(page)), pages.join());
  assert.ok(!routes.some((route) => route.includes('{proxy+}')));
});

/** The page that checks a token loads the component, which a REST API would hand out as base64 text. */
const NOT_ROUTED = ['/docs/token', '/docs/token/page.js', '/docs/component/{file}'];

test('every page of the service has a route, but for the one that a REST API would break', () => {
  const router = readFileSync(new URL('../../hosts/rest/src/router.rs', import.meta.url), 'utf8');
  const pages = [...router.matchAll(/\.route\("([^"]+)"/g)].map(([, page]) => (page as string).replace(/(.)\/$/, '$1'));
  const routed = operations(true).map(({ path }) => path);
  assert.ok(pages.includes('/') && pages.includes('/docs'), pages.join());
  assert.deepEqual([...new Set(pages.filter((page) => !routed.includes(page)))], NOT_ROUTED);
});

each('a body that is none costs no invocation', (template) => {
  const login = resources(template, 'AWS::ApiGateway::Method').find(([id]) => id.includes('v1loginPOST'));
  assert.ok(login?.[1].Properties.RequestValidatorId);
  assert.ok(login?.[1].Properties.RequestModels['application/json']);
});

each('I19: the firewall stands before the API and redacts its log', (template, name) => {
  const { Rules } = only(template, 'AWS::WAFv2::WebACL').Properties;
  const names = Rules.map((rule: { Name: string }) => rule.Name);
  assert.deepEqual(names, [
    'LongBodies',
    'Credentials',
    'AWSManagedRulesAmazonIpReputationList',
    'AWSManagedRulesKnownBadInputsRuleSet',
    'AWSManagedRulesCommonRuleSet',
  ]);
  assert.equal(Rules[1].Statement.RateBasedStatement.Limit, stage(name).configuration.api.credentialsPerAddress);
  template.resourceCountIs('AWS::WAFv2::WebACLAssociation', 1);
  const { RedactedFields } = only(template, 'AWS::WAFv2::LoggingConfiguration').Properties;
  assert.match(JSON.stringify(RedactedFields), /authorization.*cookie.*/);
});

each('I20: pages of named origins may call, and preflights end at the gateway', (template, name) => {
  const { allowedOrigins } = stage(name).configuration.api;
  const preflights = resources(template, 'AWS::ApiGateway::Method').filter(([, of]) => of.Properties.HttpMethod === 'OPTIONS');
  assert.equal(preflights.length > 0, allowedOrigins.length > 0);
  assert.ok(preflights.every(([, of]) => of.Properties.Integration.Type === 'MOCK'));
  for (const [, response] of resources(template, 'AWS::ApiGateway::GatewayResponse')) {
    const headers = response.Properties.ResponseParameters ?? {};
    const [origin] = allowedOrigins;
    assert.equal(
      headers['gatewayresponse.header.Access-Control-Allow-Origin'],
      origin === undefined ? undefined : `'${origin}'`,
    );
  }
  assert.ok(!JSON.stringify(template.toJSON()).includes("'*'"));
});

test('I21: with a domain, the address that API Gateway makes is closed, and TLS is 1.2 or later', () => {
  const record = structuredClone(STAGES['production']) as { api: object };
  const domain = { name: 'auth.example.com', certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/1' };
  const { api: template } = synthesise(readStage('production', { production: { ...record, api: { ...record.api, domain } } }));
  template.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: true });
  template.hasResourceProperties('AWS::ApiGateway::DomainName', { SecurityPolicy: 'TLS_1_2' });
  const { Variables } = only(template, 'AWS::Lambda::Function', 'ServiceFunction').Properties.Environment;
  assert.equal(Variables.COUNTERSIGN_ISSUER, 'https://auth.example.com');
});

each('I22: environments are kept warm in production alone, and a bad deployment is undone', (template, name) => {
  const production = name === 'production';
  template.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', production ? 1 : 0);
  if (production) {
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 0.7 },
    });
  }
  template.hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
    DeploymentConfigName: name === 'development' ? 'CodeDeployDefault.LambdaAllAtOnce' : 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
    AlarmConfiguration: { Enabled: true, Alarms: Match.anyValue() },
  });
});

each('new code waits for the migration and the first key', (template) => {
  const { DependsOn } = only(template, 'AWS::Lambda::Function', 'ServiceFunction');
  const waits = [DependsOn].flat().join();
  assert.ok(/ApiMigration[0-9A-F]+\b/.test(waits) && waits.includes('FirstKey'), waits);
});
