import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

import { connectionsLimit } from '../stage/connection-budget.ts';
import type { Configuration } from '../stage/configuration.ts';
import type { Watch } from './alarms.ts';

const PERIOD = Duration.minutes(5);
/** In bytes. Below this an instance of the smallest class begins to refuse operations. */
const LITTLE_MEMORY = 268_435_456;

/** The alarms of the cluster. */
export function databaseWatches(configuration: Configuration, cluster: string): Watch[] {
  const metric = (metricName: string, statistic: string): cloudwatch.Metric =>
    new cloudwatch.Metric({
      namespace: 'AWS/DocDB',
      metricName,
      dimensionsMap: { DBClusterIdentifier: cluster },
      statistic,
      period: PERIOD,
    });
  return [
    {
      name: 'database-processor',
      meaning: 'The database has used more than 80 % of its processors for 15 minutes',
      metric: metric('CPUUtilization', 'Average'),
      above: 80,
    },
    {
      name: 'database-connections',
      meaning: 'The database has more than 70 % of the connections that it takes',
      metric: metric('DatabaseConnections', 'Maximum'),
      above: Math.floor(connectionsLimit(configuration.database.instances) * 0.7),
    },
    {
      name: 'database-memory',
      meaning: 'The database has less than 256 MiB of memory left',
      metric: metric('FreeableMemory', 'Minimum'),
      below: LITTLE_MEMORY,
    },
    {
      name: 'database-cursors',
      meaning: 'Cursors of the database timed out',
      metric: metric('DatabaseCursorsTimedOut', 'Sum'),
      above: 0,
      periods: 1,
    },
    {
      name: 'database-throttling',
      meaning: 'The database refuses operations for lack of memory',
      metric: metric('LowMemNumOperationsThrottled', 'Sum'),
      above: 0,
      periods: 1,
    },
    {
      name: 'database-lag',
      meaning: 'A replica is more than a second behind, so a failover would take longer',
      metric: metric('DBClusterReplicaLagMaximum', 'Maximum'),
      above: 1000,
    },
  ];
}
