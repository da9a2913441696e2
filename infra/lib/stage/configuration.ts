import { z } from 'zod';

import { INSTANCE_CLASSES } from './connection-budget.ts';

/** `10.20.0.0/16` and the like. */
const CIDR = z.string().regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, 'it is a network such as `10.20.0.0/16`');
const WINDOW_OF_DAY = z
  .string()
  .regex(/^\d\d:\d\d-\d\d:\d\d$/, 'it is a time of the day in UTC such as `01:00-02:00`');
const WINDOW_OF_WEEK = z
  .string()
  .regex(/^[a-z]{3}:\d\d:\d\d-[a-z]{3}:\d\d:\d\d$/, 'it is a time of the week in UTC such as `sun:03:00-sun:04:00`');
const ORIGIN = z.string().regex(/^https?:\/\/[^/*]+$/, 'it is scheme and host of a page, without a wildcard');
const DOMAIN = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'it is a domain name in lower case');
const ARN = z.string().startsWith('arn:', 'it is an ARN');

const newNetwork = z.strictObject({
  kind: z.literal('new'),
  cidr: CIDR,
  /** In how many of the three zones the endpoints of AWS services stand. Each costs by the hour. */
  endpointZones: z.int().min(1).max(3),
});
const existingNetwork = z.strictObject({
  kind: z.literal('existing'),
  vpcId: z.string().startsWith('vpc-', 'it is the id of a VPC'),
  cidr: CIDR,
  /** Subnets without a route to the internet, one for each zone of the region in its order. */
  isolatedSubnetIds: z.array(z.string().startsWith('subnet-', 'it is the id of a subnet')).length(3),
  endpointZones: z.int().min(1).max(3),
});

const provisioned = z.strictObject({
  kind: z.literal('provisioned'),
  instanceClass: z.enum(Object.keys(INSTANCE_CLASSES) as [keyof typeof INSTANCE_CLASSES]),
  count: z.int().min(1).max(16),
});
const serverless = z.strictObject({
  kind: z.literal('serverless'),
  /** In DocumentDB capacity units, of 2 GiB each. */
  minCapacity: z.number().min(0.5).max(256).multipleOf(0.5),
  maxCapacity: z.number().min(1).max(256).multipleOf(0.5),
  count: z.int().min(1).max(16),
});

const database = z.strictObject({
  engineVersion: z.string().regex(/^[58]\.0\.\d+$/, 'it is a whole version of engine 5.0 or 8.0, such as `5.0.0`'),
  instances: z.discriminatedUnion('kind', [provisioned, serverless]),
  /** The authority that signs the certificate of the server. */
  certificateAuthority: z.enum(['rds-ca-rsa2048-g1', 'rds-ca-rsa4096-g1', 'rds-ca-ecc384-g1']),
  backup: z.strictObject({ days: z.int().min(7).max(35), window: WINDOW_OF_DAY }),
  maintenanceWindow: WINDOW_OF_WEEK,
  /** What happens to data and keys when the stack is deleted, or a change would replace them. */
  onRemoval: z.enum(['keep', 'destroy']),
});

const service = z.strictObject({
  memoryMiB: z.int().min(512).max(10_240),
  /** How many environments of the function may run. It caps the connections to the database. */
  reservedConcurrency: z.int().min(1).max(1000),
  /** Environments that are kept warm. */
  provisionedConcurrency: z.strictObject({ min: z.int().min(1), max: z.int().min(1) }).optional(),
  logLevel: z.enum(['error', 'warn', 'info', 'debug', 'trace']),
  /** How new code takes over: a tenth of the calls first, or all at once. */
  deployment: z.enum(['canary', 'at-once']),
  /** Whether `/docs/` and `/openapi.json` are served; see COUNTERSIGN_DESCRIPTION. */
  description: z.enum(['on', 'off']),
  /** The policy file, as a path from the folder in which the app runs. Without one the defaults hold. */
  policyFile: z.string().min(1).optional(),
});

const rate = z.strictObject({
  /** Requests in a second over a longer time, and at once. */
  perSecond: z.int().min(1).max(10_000),
  burst: z.int().min(1).max(5_000),
});

const api = z.strictObject({
  domain: z
    .strictObject({
      name: DOMAIN,
      certificateArn: ARN,
    })
    .optional(),
  /** The pages that may call from a browser. The errors of the gateway itself name the first one. */
  allowedOrigins: z.array(ORIGIN).max(10),
  throttle: rate,
  /** For the calls that hash a password, or answer to a token without one. */
  throttleOfCredentials: rate,
  /** Requests of one address in five minutes to those calls, before the firewall blocks it. */
  credentialsPerAddress: z.int().min(10).max(20_000),
});

const edge = z.strictObject({
  /** Where clients reach the service, and so the issuer of its tokens. The API has a name of its own. */
  domain: z.strictObject({
    name: DOMAIN,
    certificateArn: z.string().regex(/^arn:aws:acm:us-east-1:/, 'it is the ARN of a certificate in us-east-1, where CloudFront reads them'),
  }),
  /** Whether calls that need a token are refused at the edge when theirs is not valid. */
  verifier: z.enum(['on', 'off']),
  /** The number of the key by which the API knows the edge. The next number makes a new key, and the one before stays valid. */
  originKey: z.int().min(1),
});

const observability = z.strictObject({
  logDays: z.union([z.literal(30), z.literal(90), z.literal(365), z.literal(400)]),
  /** Receives the alarms. AWS asks the address to confirm. */
  email: z.email('it is an e-mail address').optional(),
  /** Where `infra/RUNBOOK.md` can be read, for the links in alarms. */
  runbook: z.string().min(1),
  /** Whether a check logs in from outside every five minutes. */
  canary: z.boolean(),
});

/** The form of a stage's record. An unknown member is refused. */
export const CONFIGURATION = z.strictObject({
  environment: z.enum(['development', 'staging', 'production']),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'it is a region such as `eu-west-1`'),
  network: z.discriminatedUnion('kind', [newNetwork, existingNetwork]),
  database,
  service,
  api,
  /** CloudFront before the API. */
  edge: edge.optional(),
  observability,
  /** Tags of all resources, for the bill. */
  tags: z.record(z.string(), z.string()),
});

/** Everything that differs between the stages. */
export type Configuration = Readonly<z.infer<typeof CONFIGURATION>>;
/** What differs between the stages that have an edge. */
export type EdgeConfiguration = NonNullable<Configuration['edge']>;
