import type { Configuration } from './configuration.ts';
import { INSTANCE_CLASSES, type Instances, largestConcurrency } from './connection-budget.ts';

const HOURS = 730;
const ZONES = 3;
/** List prices in US dollars of us-east-1. */
const RATE = {
  instanceHour: { 't4g.medium': 0.0757, 'r6g.large': 0.2626, 'r6g.xlarge': 0.5251, 'r6g.2xlarge': 1.0502, 'r8g.large': 0.2626, 'r8g.xlarge': 0.5251, 'r8g.2xlarge': 1.0502 } satisfies Record<keyof typeof INSTANCE_CLASSES, number>,
  unitHour: 0.0822,
  endpointHour: 0.01,
  natHour: 0.045,
  warmGiBSecond: 0.0000033334,
  firewall: 5,
  rule: 1,
  key: 1,
  secret: 0.4,
  alarm: 0.1,
  loginGiBSecond: 0.0000133334,
  millionInvocations: 0.2,
  millionCalls: 3.5,
  millionInspections: 0.6,
  millionEdgeRequests: 1,
  millionEdgeInvocations: 0.6,
  edgeGiBSecond: 0.00005001,
};
const RECALLED = 'recalled from the price page of AWS, November 2026';
const INSTANCES = Object.entries(RATE.instanceHour).map(
  ([of, dollars]): [string, number, string] => [`hour of an instance db.${of}`, dollars, RECALLED],
);
/** What each rate is for, and where it was found. */
const SOURCES: readonly [meaning: string, dollars: number, source: string][] = [
  ...INSTANCES,
  ['hour of a capacity unit, DocumentDB serverless', RATE.unitHour, 'usage.ai, June 2026'],
  ['hour of an interface endpoint in a zone', RATE.endpointHour, 'cloudcostkit.com, January 2026'],
  ['hour of a NAT gateway', RATE.natHour, 'riseofcloud.com, without a date'],
  ['GiB-second of an environment kept warm, arm64', RATE.warmGiBSecond, RECALLED],
  ['GiB-second of an invocation, arm64', RATE.loginGiBSecond, 'notes on Lambda at git.mcrn.ar, May 2026'],
  ['million invocations', RATE.millionInvocations, 'notes on Lambda at git.mcrn.ar, May 2026'],
  ['million calls of a REST API', RATE.millionCalls, RECALLED],
  ['month of a web ACL', RATE.firewall, 'awsnegotiations.com, 2026, and c3x.dev'],
  ['month of a rule in it', RATE.rule, 'awsnegotiations.com, 2026, and c3x.dev'],
  ['million requests that it inspects', RATE.millionInspections, 'awsnegotiations.com, 2026, and c3x.dev'],
  ['million requests to CloudFront with TLS', RATE.millionEdgeRequests, 'factualminds.com, June 2026'],
  ['million invocations of Lambda@Edge', RATE.millionEdgeInvocations, 'kindatechnical.com, without a date'],
  ['GiB-second of Lambda@Edge', RATE.edgeGiBSecond, RECALLED],
  ['month of a key', RATE.key, RECALLED],
  ['month of a secret', RATE.secret, RECALLED],
  ['month of an alarm', RATE.alarm, RECALLED],
];
const RULES = 5;
const ENDPOINTS = 3;
const KEYS = 2;
const ALARMS = 15;
/** `make bench`: 7.85 logins a second at bcrypt cost 12 on two processors, and 30 ms for the rest. */
const LOGIN_SECONDS = 2 / 7.85 + 0.03;
/** Of a function at the edge with its start; a check itself takes less than a millisecond. */
const CHECK_SECONDS = 0.01;
const EDGE_GIB = 0.125;
/** How much busier the busiest second is than the mean. */
const PEAK = 5;
const MONTH_SECONDS = HOURS * 3600;

function instancesOf(instances: Instances): number {
  const hour =
    instances.kind === 'provisioned'
      ? RATE.instanceHour[instances.instanceClass]
      : instances.minCapacity * RATE.unitHour;
  return hour * instances.count * HOURS;
}

function dollars(amount: number): string {
  return amount.toFixed(2);
}

/** What a stage costs in a month without a single call. */
const RESTING: readonly [what: string, (of: Configuration) => number][] = [
  ['database instances', ({ database }) => instancesOf(database.instances)],
  ['interface endpoints', ({ network }) => ENDPOINTS * network.endpointZones * RATE.endpointHour * HOURS],
  [
    'environments kept warm',
    ({ service }) =>
      (service.provisionedConcurrency?.min ?? 0) * (service.memoryMiB / 1024) * RATE.warmGiBSecond * MONTH_SECONDS,
  ],
  ['firewall', () => RATE.firewall + RULES * RATE.rule],
  [
    'keys, secrets, alarms',
    ({ observability }) => KEYS * RATE.key + (observability.canary ? 6 : 5) * RATE.secret + ALARMS * RATE.alarm,
  ],
];

/** The sum of what a stage costs in a month without a single call. */
export function restingCost(of: Configuration): number {
  return RESTING.reduce((sum, [, cost]) => sum + cost(of), 0);
}

/** The least that production can cost at rest with as many environments as it has. */
export function cheapestProduction(production: Configuration): number {
  const classes = Object.keys(INSTANCE_CLASSES) as (keyof typeof INSTANCE_CLASSES)[];
  const choices: Instances[] = [
    ...classes.map((instanceClass) => ({ kind: 'provisioned', instanceClass, count: 2 }) as const),
    ...Array.from({ length: 16 }, (_, more) => ({ kind: 'serverless', minCapacity: 2 + more, maxCapacity: 64, count: 2 }) as const),
  ];
  const { database, network, service } = production;
  const fitting = choices.filter((instances) => largestConcurrency(instances) >= service.reservedConcurrency);
  const records = fitting.map((instances) => ({
    ...production,
    database: { ...database, instances },
    network: { ...network, endpointZones: 1 },
    service: { ...service, provisionedConcurrency: { min: 1, max: 1 } },
  }));
  return Math.min(...records.map(restingCost));
}

/** What stages cost in a month without a single call, in lines of a Markdown table. */
export function restingTable(stages: readonly Configuration[]): string {
  const line = (name: string, cells: string[]): string => `| ${name} | ${cells.join(' | ')} |`;
  return [
    line('$ a month at rest', stages.map(({ environment }) => environment)),
    line('---', stages.map(() => '---:')),
    ...RESTING.map(([name, cost]) => line(name, stages.map((of) => dollars(cost(of))))),
    line('**sum**', stages.map((of) => `**${dollars(restingCost(of))}**`)),
    line(
      'for comparison: the cheapest production with as many environments',
      stages.map((of) => (of.environment === 'production' ? dollars(cheapestProduction(of)) : '')),
    ),
    line('for comparison: a NAT gateway in each zone in place of endpoints', stages.map(() => dollars(ZONES * RATE.natHour * HOURS))),
  ].join('\n');
}

/** The rates with their sources, in lines of a Markdown table. */
export function rateTable(): string {
  const lines = SOURCES.map(([meaning, amount, source]) => `| ${meaning} | ${amount} | ${source} |`);
  return ['| rate | $ | source |', '| --- | ---: | --- |', ...lines].join('\n');
}

/** What an edge costs in addition, in lines of a table. Its firewall is the one that the API then does not have. */
export function edgeTable(): string {
  const check = RATE.millionEdgeInvocations + CHECK_SECONDS * EDGE_GIB * RATE.edgeGiBSecond * 1e6;
  const rows: [string, number][] = [
    ['a month at rest: a key of the customer, a secret in two regions, an alarm', RATE.key + 2 * RATE.secret + RATE.alarm],
    ['a million calls', RATE.millionEdgeRequests],
    ['a million calls whose token is checked at the edge, in addition', check],
  ];
  return ['| $ of an edge in addition | |', '| --- | ---: |', ...rows.map(([what, cost]) => `| ${what} | ${dollars(cost)} |`)].join('\n');
}

/** What logins cost, and how many environments their busiest second takes, in lines of a table. */
export function loginTable({ service, database }: Configuration): string {
  const perMillion =
    LOGIN_SECONDS * (service.memoryMiB / 1024) * RATE.loginGiBSecond * 1e6 +
    RATE.millionInvocations + RATE.millionCalls + RATE.millionInspections;
  const rows = [1, 10, 100].map((millions) => {
    const busy = Math.ceil(((millions * 1e6) / MONTH_SECONDS) * PEAK * LOGIN_SECONDS);
    return `| ${millions} million | ${dollars(millions * perMillion)} | ${busy} | ${largestConcurrency(database.instances)} |`;
  });
  return [
    '| logins a month | $ | environments at the peak | environments that the instance permits |',
    '| --- | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
}
