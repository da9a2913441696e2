import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

import type { RestApi } from '../api/rest-api.ts';
import { type ServiceFunction, TIMEOUT } from '../api/service-function.ts';
import type { SigningKeys } from '../api/signing-keys.ts';
import type { Configuration } from '../stage/configuration.ts';
import { percent, type Watch } from './alarms.ts';

const PERIOD = Duration.minutes(1);
const SLOW_MS = 3000;

/** Metrics of the function itself, in the namespace of `docs/reference/metrics.md`. */
export function ownMetric(functionName: string, metricName: string, labels: Record<string, string>): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'Countersign',
    metricName,
    dimensionsMap: { function: functionName, ...labels },
    statistic: 'Sum',
    period: PERIOD,
  });
}

/** The alarms of API and function. Those of the first list also undo a deployment. */
export function serviceWatches(of: {
  configuration: Configuration;
  rest: RestApi;
  service: ServiceFunction;
  keys: SigningKeys;
  functionName: string;
}): { readonly ofDeployment: Watch[]; readonly others: Watch[] } {
  const { configuration, rest, service, keys } = of;
  const sum = { statistic: 'Sum', period: PERIOD };
  const longest = { statistic: 'Maximum', period: PERIOD };
  const { reservedConcurrency } = configuration.service;
  return {
    ofDeployment: [
      {
        name: 'function-errors',
        meaning: 'Invocations of the function end in errors',
        metric: service.alias.metricErrors(sum),
        above: 0,
        periods: 2,
      },
      {
        name: 'api-errors',
        meaning: 'More than 1 % of the calls are answered with 5xx',
        metric: percent(rest.api.metricServerError(sum), rest.api.metricCount(sum), PERIOD),
        above: 1,
      },
    ],
    others: [
      {
        name: 'api-latency',
        meaning: 'The slowest call in a hundred takes longer than 3 s',
        metric: rest.api.metricLatency({ statistic: 'p99', period: PERIOD }),
        above: SLOW_MS,
      },
      {
        name: 'function-throttles',
        meaning: 'Calls are refused because all environments of the function are busy',
        metric: service.function.metricThrottles(sum),
        above: 0,
      },
      {
        name: 'function-duration',
        meaning: 'An invocation took more than 80 % of its time',
        metric: service.function.metricDuration(longest),
        above: TIMEOUT.toMilliseconds() * 0.8,
      },
      {
        name: 'function-concurrency',
        meaning: 'More than 80 % of the reserved environments are busy',
        metric: service.function.metric('ConcurrentExecutions', longest),
        above: Math.floor(reservedConcurrency * 0.8),
      },
      {
        name: 'database-unavailable',
        meaning: 'The function had to refuse calls because the database or a secret did not answer in time',
        metric: ownMetric(of.functionName, 'countersign_unanswered_total', { reason: 'unavailable' }),
        above: 0,
        periods: 2,
      },
      {
        name: 'signing-key-rotation',
        meaning: 'The hourly look at the signing key failed',
        metric: keys.rotation.metricErrors({ statistic: 'Sum', period: Duration.hours(1) }),
        above: 0,
        periods: 2,
      },
    ],
  };
}
