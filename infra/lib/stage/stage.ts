import { z } from 'zod';

import { CONFIGURATION, type Configuration } from './configuration.ts';
import { connectionsLimit, connectionsOf, largestConcurrency } from './connection-budget.ts';

/** A configuration cannot be used. The message is one sentence for the person who wrote it. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * The record of a stage, checked.
 *
 * @throws ConfigurationError for an unknown stage, and for a record that is malformed or whose parts do
 * not fit each other.
 */
export function readStage(name: string | undefined, records: Readonly<Record<string, unknown>>): Configuration {
  const known = Object.keys(records).join(', ');
  if (name === undefined || name === '') {
    throw new ConfigurationError(`no stage is chosen: it is one of ${known}, as in \`make synth STAGE=development\``);
  }
  if (!Object.hasOwn(records, name)) {
    throw new ConfigurationError(`there is no stage \`${name}\`: it is one of ${known}`);
  }
  return checkConfiguration(name, records[name]);
}

/**
 * A record, checked; `name` is what the sentence of an error calls it.
 *
 * @throws ConfigurationError for a record that is malformed or whose parts do not fit each other
 */
export function checkConfiguration(name: string, record: unknown): Configuration {
  const configuration = parse(name, record);
  for (const check of CHECKS) {
    const refusal = check(configuration);
    if (refusal !== undefined) {
      throw new ConfigurationError(`stage ${name}: ${refusal}`);
    }
  }
  return configuration;
}

function parse(name: string, record: unknown): Configuration {
  const parsed = CONFIGURATION.safeParse(record);
  if (parsed.success) {
    return parsed.data;
  }
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  const path = issue.path.join('.');
  const where = path === '' ? '' : `\`${path}\`: `;
  throw new ConfigurationError(`stage ${name}: ${where}${issue.message}`);
}

/** A rule between parts of a record: what is wrong, or nothing. */
type Check = (of: Configuration) => string | undefined;

const CHECKS: readonly Check[] = [
  ({ database, service }) => {
    const { reservedConcurrency } = service;
    const most = largestConcurrency(database.instances);
    return reservedConcurrency <= most
      ? undefined
      : `\`service.reservedConcurrency\` ${reservedConcurrency} may open ${connectionsOf(reservedConcurrency)} ` +
          `connections, but an instance takes ${connectionsLimit(database.instances)}: ${most} is the most that fits`;
  },
  ({ service: { provisionedConcurrency, reservedConcurrency } }) =>
    provisionedConcurrency !== undefined &&
    (provisionedConcurrency.min > provisionedConcurrency.max || provisionedConcurrency.max > reservedConcurrency)
      ? '`service.provisionedConcurrency` needs min ≤ max ≤ `service.reservedConcurrency`'
      : undefined,
  ({ database: { instances } }) =>
    instances.kind === 'serverless' && instances.minCapacity > instances.maxCapacity
      ? '`database.instances` needs minCapacity ≤ maxCapacity'
      : undefined,
  ({ database: { backup, maintenanceWindow } }) =>
    overlap(backup.window, maintenanceWindow)
      ? `\`database.backup.window\` ${backup.window} meets \`database.maintenanceWindow\` ${maintenanceWindow}`
      : undefined,
  ({ environment, api }) => {
    const open = api.allowedOrigins.find((origin) => !origin.startsWith('https://'));
    return environment !== 'development' && open !== undefined
      ? `\`api.allowedOrigins\`: \`${open}\` is without TLS, which passes in development only`
      : undefined;
  },
  ({ api, edge }) =>
    edge !== undefined && (api.domain === undefined || api.domain.name === edge.domain.name)
      ? '`edge` needs an `api.domain` of another name, under which it reaches the API'
      : undefined,
  ({ api, edge }) =>
    edge?.verifier === 'on' && api.allowedOrigins.length > 0
      ? '`edge.verifier` is `off` where `api.allowedOrigins` names pages: what the edge refuses, no page of another origin can read'
      : undefined,
  (of) => (of.environment === 'production' ? productionNeeds(of) : undefined),
];

function productionNeeds({ database, service }: Configuration): string | undefined {
  const { instances, backup, onRemoval } = database;
  if (instances.count < 2) {
    return '`database.instances.count` is at least 2 in production, or a failure of one stops every login';
  }
  if (instances.kind === 'serverless' && instances.minCapacity < 2) {
    return '`database.instances.minCapacity` is at least 2 in production, since less permits too few cursors';
  }
  if (backup.days < 14) {
    return '`database.backup.days` is at least 14 in production';
  }
  if (onRemoval !== 'keep') {
    return '`database.onRemoval` is `keep` in production';
  }
  return service.deployment === 'canary' ? undefined : '`service.deployment` is `canary` in production';
}

/** Whether a window of each day meets a window of the week. Both may pass midnight. */
function overlap(daily: string, weekly: string): boolean {
  const [start, end] = daily.split('-') as [string, string];
  const [from, to] = weekly.split('-').map((moment) => moment.slice(4)) as [string, string];
  const within = (moment: string, first: string, last: string): boolean =>
    first <= last ? first <= moment && moment < last : moment >= first || moment < last;
  return within(start, from, to) || within(from, start, end);
}
