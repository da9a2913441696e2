// Draws the parts of a stage from its templates, as Mermaid: what stands in the network, and who calls,
// reads or rotates what.

import type { Template } from 'aws-cdk-lib/assertions';

import type { Resource } from './synthesised.ts';

type Resources = Record<string, Resource>;
interface Output {
  readonly Value: unknown;
  readonly Export?: { readonly Name: string };
}

/** Which parts are drawn, and with which words. Parts of one type and label are one box. */
const BOXES: Readonly<Record<string, (of: Resource) => string>> = {
  'AWS::WAFv2::WebACL': () => 'firewall',
  'AWS::CloudFront::Distribution': () => 'CloudFront',
  'AWS::ApiGateway::RestApi': () => 'REST API',
  'AWS::Lambda::Function': ({ Properties }) => `function ${Properties.FunctionName.replace(/^countersign-\w+-?/, '') || 'service'}`,
  'AWS::DocDB::DBCluster': () => 'DocumentDB cluster',
  'AWS::EC2::VPCEndpoint': () => 'endpoints of AWS services',
  'AWS::SecretsManager::Secret': ({ Properties }) => `secret: ${Properties.Description.replace(/^.*?: /, '')}`,
  'AWS::Serverless::Application': ({ Properties }) => `rotation ${Properties.Parameters.masterSecretArn ? 'between two users' : 'of one user'}`,
  'AWS::Events::Rule': ({ Properties }) => `rule: ${Properties.Description}`,
  'AWS::CloudWatch::Alarm': () => 'alarms',
  'AWS::SNS::Topic': () => 'topic of the alarms',
};

/** Who is no resource. */
const PEOPLE = ['clients', 'deployment'];
/** Types that stand in the network without being Lambda functions. */
const IN_NETWORK = ['AWS::DocDB::DBCluster', 'AWS::EC2::VPCEndpoint', 'AWS::Serverless::Application'];

/** The diagram of the stacks of a stage, with the boxes whose labels match. */
export function diagram(stacks: readonly Template[], drawn = /./): string {
  const templates = stacks.map((of) => of.toJSON()) as { Resources: Resources; Outputs?: Record<string, Output> }[];
  const all = Object.assign({}, ...templates.map((of) => of.Resources)) as Resources;
  const outputs = templates.flatMap((of) => Object.values(of.Outputs ?? {}));
  const exported = new Map(outputs.map((of) => [of.Export?.Name, of.Value]));
  const referred = (value: unknown): string[] => references(value, exported).filter((id) => id in all);
  const boxes = new Map(
    Object.entries(all)
      .flatMap(([id, of]) => (of.Type in BOXES ? [[id, BOXES[of.Type]!(of)] as const] : []))
      .filter(([, label]) => drawn.test(label)),
  );
  const found = edges(all, referred);
  const people = PEOPLE.filter((who) => found.some(([from, , to]) => from === who && boxes.has(to)));
  const lines = [...new Set(found.flatMap(([from, word, to]) => {
    const [source, target] = [PEOPLE.includes(from) ? from : boxes.get(from), boxes.get(to)];
    return source === undefined || target === undefined ? [] : [`  ${name(source)} -->|${word}| ${name(target)}`];
  }))];
  const inside = new Set([...boxes].filter(([id]) => stands(all[id]!)).map(([, label]) => label));
  const outside = new Set([...boxes.values()].filter((label) => !inside.has(label)));
  const zones = Object.values(all).filter(({ Type }) => Type === 'AWS::EC2::Subnet').length;
  const draw = (label: string): string => `  ${name(label)}["${label}"]`;
  return [
    '```mermaid',
    'flowchart LR',
    ...people.map((who) => `  ${who}(["${who}"])`),
    ...[...outside].map(draw),
    ...(zones === 0
      ? [...inside].map(draw)
      : [
          `  subgraph network["network without a way out, in ${zones} zones"]`,
          ...[...inside].map((label) => `  ${draw(label)}`),
          '  end',
        ]),
    ...lines,
    '```',
  ].join('\n');
}

function stands({ Type, Properties }: Resource): boolean {
  return IN_NETWORK.includes(Type) || (Type === 'AWS::Lambda::Function' && Properties.VpcConfig !== undefined);
}

function name(label: string): string {
  return label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
}

/** The logical ids that a value names, also through the exports of the other stack. */
function references(value: unknown, exported: ReadonlyMap<string | undefined, unknown>): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => references(item, exported));
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::ImportValue': imported } = value as Record<string, unknown>;
  if (typeof imported === 'string') {
    return references(exported.get(imported), exported);
  }
  const own = [ref, Array.isArray(attribute) ? attribute[0] : undefined].filter((id) => typeof id === 'string');
  return own.length > 0 ? own : Object.values(value).flatMap((item) => references(item, exported));
}

type Edge = readonly [from: string, word: string, to: string];

/** Who does what to whom, as the resources between the boxes say. */
function edges(all: Resources, referred: (value: unknown) => string[]): Edge[] {
  const through = (ids: string[]): string[] => ids.flatMap((id) => (/::(Alias|Version)$/.test(all[id]!.Type) ? through(referred(all[id]!.Properties)) : [id]));
  const of = (value: unknown): string[] => through(referred(value));
  const pairs = (from: string[], word: string, to: string[]): Edge[] => from.flatMap((one) => to.map((other) => [one, word, other] as const));
  const roles = new Map<string, string[]>();
  for (const [id, { Type, Properties }] of Object.entries(all)) {
    if (Type === 'AWS::Lambda::Function') {
      const [role] = referred(Properties.Role) as [string];
      roles.set(role, [...(roles.get(role) ?? []), id]);
    }
  }
  return Object.entries(all).flatMap(([id, { Type, Properties }]): Edge[] => {
    switch (Type) {
      case 'AWS::WAFv2::WebACLAssociation':
        // The association names the stage of the API.
        return [
          ...pairs(['clients'], 'call', referred(Properties.WebACLArn)),
          ...pairs(referred(Properties.WebACLArn), 'guards', referred(Properties.ResourceArn).flatMap((stage) => [stage, ...referred(all[stage]!.Properties?.RestApiId)])),
        ];
      case 'AWS::CloudFront::Distribution':
        return ofDistribution(id, Properties.DistributionConfig, all, of);
      case 'AWS::ApiGateway::UsagePlanKey':
        // The plan names the API, and the key its secret.
        return pairs(
          referred(all[referred(Properties.UsagePlanId)[0]!]!.Properties.ApiStages[0].ApiId),
          'demands',
          referred(all[referred(Properties.KeyId)[0]!]!.Properties.Value),
        );
      case 'AWS::ApiGateway::Method':
        return pairs(referred(Properties.RestApiId), 'invokes', of(Properties.Integration?.Uri));
      case 'AWS::Events::Rule':
        return of(Properties.Targets).map((to) => [id, all[to]!.Type === 'AWS::SNS::Topic' ? 'tells' : 'calls', to]);
      case 'Custom::Migration':
      case 'Custom::SigningKey':
        return pairs(['deployment'], 'calls', of(Properties.ServiceToken));
      case 'AWS::CloudWatch::Alarm':
        return pairs([id], 'tells', referred(Properties.AlarmActions));
      case 'AWS::SecretsManager::RotationSchedule':
        return pairs(referred(Properties.RotationLambdaARN), 'changes', referred(Properties.SecretId).flatMap((secret) => [secret, ...referred(all[secret]!.Properties?.SecretId)]));
      case 'AWS::Lambda::Function':
        return [
          ...pairs([id], 'connects to', referred(Properties.Environment?.Variables?.MONGODB_URI)),
          ...pairs([id], 'visits', referred(Properties.Environment?.Variables?.URL)),
        ];
      case 'AWS::IAM::Policy':
        return (Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[]).flatMap((statement) => {
          const word = verb([statement.Action].flat());
          const functions = referred(Properties.Roles).flatMap((role) => roles.get(role) ?? []);
          return word === undefined ? [] : pairs(functions, word, of(statement.Resource));
        });
      default:
        return [];
    }
  });
}

/** A distribution names what stands in another region by its name alone. */
function ofDistribution(
  id: string,
  config: { WebACLId: unknown; CacheBehaviors: unknown; Origins: { DomainName: string; OriginCustomHeaders: unknown }[] },
  all: Resources,
  of: (value: unknown) => string[],
): Edge[] {
  const named = (type: string, is: (properties: Resource['Properties']) => boolean): string[] =>
    Object.entries(all).flatMap(([other, { Type, Properties }]) => (Type === type && is(Properties) ? [other] : []));
  const [origin] = config.Origins as [(typeof config.Origins)[number]];
  const domains = named('AWS::ApiGateway::DomainName', ({ DomainName }) => DomainName === origin.DomainName);
  const apis = named('AWS::ApiGateway::BasePathMapping', ({ DomainName }) => of(DomainName).some((domain) => domains.includes(domain)));
  const headers = JSON.stringify(origin.OriginCustomHeaders);
  const secrets = named('AWS::SecretsManager::Secret', ({ Name }) => typeof Name === 'string' && headers.includes(`:${Name}:`));
  return [
    ...of(config.WebACLId).flatMap((acl): Edge[] => [['clients', 'call', acl], [acl, 'guards', id]]),
    ...of(config.CacheBehaviors).filter((to) => all[to]!.Type === 'AWS::Lambda::Function').map((to): Edge => [id, 'asks about tokens', to]),
    ...apis.flatMap((mapping) => of(all[mapping]!.Properties.RestApiId)).map((api): Edge => [id, 'calls', api]),
    ...secrets.map((secret): Edge => [id, 'sends', secret]),
  ];
}

function verb(actions: readonly string[]): string | undefined {
  if (actions.includes('secretsmanager:PutSecretValue')) {
    return 'writes';
  }
  if (actions.includes('secretsmanager:GetSecretValue')) {
    return 'reads';
  }
  return actions.includes('lambda:InvokeFunction') ? 'calls' : undefined;
}
