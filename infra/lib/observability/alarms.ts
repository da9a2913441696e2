import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

import type { Configuration } from '../stage/configuration.ts';

/** What an alarm watches, and when it sounds. */
export interface Watch {
  /** The heading of the runbook, and the end of the alarm's name. */
  readonly name: string;
  /** What its sound means, for the person who is woken. */
  readonly meaning: string;
  readonly metric: cloudwatch.IMetric;
  readonly above?: number;
  readonly below?: number;
  /** In how many periods in a row; 3 where it is not said. */
  readonly periods?: number;
  /** Whether silence is as bad as a bad value. */
  readonly silenceIsBad?: boolean;
}

/** The topic of a stage's alarms. Every alarm goes to it and names its heading in the runbook. */
export class Alarms extends Construct {
  readonly topic: sns.Topic;
  readonly all: cloudwatch.Alarm[] = [];

  constructor(scope: Construct, id: string, private readonly configuration: Configuration, key: kms.Key) {
    super(scope, id);
    const { environment, observability } = configuration;
    this.topic = new sns.Topic(this, 'Topic', {
      displayName: `Countersign ${environment}`,
      masterKey: key,
      enforceSSL: true,
    });
    for (const service of ['cloudwatch', 'events']) {
      const principal = new iam.ServicePrincipal(`${service}.amazonaws.com`);
      key.grantEncryptDecrypt(principal);
      this.topic.grantPublish(principal);
    }
    if (observability.email !== undefined) {
      this.topic.addSubscription(new subscriptions.EmailSubscription(observability.email));
    }
  }

  /** Adds an alarm for each. */
  watch(watches: readonly Watch[]): cloudwatch.Alarm[] {
    return watches.map((watch) => this.add(watch));
  }

  private add(watch: Watch): cloudwatch.Alarm {
    const { environment, observability } = this.configuration;
    const periods = watch.periods ?? 3;
    const alarm = new cloudwatch.Alarm(this, watch.name, {
      alarmName: `countersign-${environment}-${watch.name}`,
      alarmDescription: `${watch.meaning}. Runbook: ${observability.runbook}#${watch.name}`,
      metric: watch.metric,
      threshold: watch.above ?? watch.below ?? 0,
      comparisonOperator:
        watch.below === undefined
          ? cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
          : cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      datapointsToAlarm: periods,
      treatMissingData:
        watch.silenceIsBad === true ? cloudwatch.TreatMissingData.BREACHING : cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    const action = new actions.SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    this.all.push(alarm);
    return alarm;
  }
}

/** A minute-wise or longer quotient of two metrics in per cent. */
export function percent(part: cloudwatch.IMetric, whole: cloudwatch.IMetric, period = Duration.minutes(5)): cloudwatch.IMetric {
  return new cloudwatch.MathExpression({
    expression: '100 * part / FILL(whole, 1)',
    usingMetrics: { part, whole },
    period,
    label: '%',
  });
}
