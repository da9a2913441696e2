/**
 * The most connections of an instance by its class, without the prefix `db.`.
 *
 * DocumentDB publishes the limit of a running instance as the metric `DatabaseConnectionsLimit`, on
 * which the alarm is set. These numbers are the lower ones of those that AWS and others have published,
 * since a budget must hold on any engine.
 */
export const INSTANCE_CLASSES = {
  't4g.medium': 500,
  'r6g.large': 1700,
  'r6g.xlarge': 3400,
  'r6g.2xlarge': 6800,
  'r8g.large': 1700,
  'r8g.xlarge': 3400,
  'r8g.2xlarge': 6800,
} as const;

/** DocumentDB serverless: connections for each capacity unit of 2 GiB. */
const CONNECTIONS_OF_A_UNIT = 500;
/** The part of the limit that the function may use at most. */
const SHARE = 0.7;
/** Connections for migration, rotation and a person. */
const RESERVE = 10;

/** The connections of one environment of the function to an instance. */
export const POOL = 2;
/** Beside its pool, the driver keeps one connection that watches the server. */
const MONITORS = 1;

/** What a cluster consists of. */
export type Instances =
  | { readonly kind: 'provisioned'; readonly instanceClass: keyof typeof INSTANCE_CLASSES; readonly count: number }
  | { readonly kind: 'serverless'; readonly minCapacity: number; readonly maxCapacity: number; readonly count: number };

/** The most connections of one instance. A serverless one counts at its smallest, where it idles. */
export function connectionsLimit(instances: Instances): number {
  return instances.kind === 'provisioned'
    ? INSTANCE_CLASSES[instances.instanceClass]
    : instances.minCapacity * CONNECTIONS_OF_A_UNIT;
}

/** The most connections that the function opens to one instance. */
export function connectionsOf(reservedConcurrency: number): number {
  return reservedConcurrency * (POOL + MONITORS);
}

/** The largest reserved concurrency whose connections fit. */
export function largestConcurrency(instances: Instances): number {
  return Math.floor((SHARE * connectionsLimit(instances) - RESERVE) / (POOL + MONITORS));
}
