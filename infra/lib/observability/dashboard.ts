import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

import type { Watch } from './alarms.ts';

const ROW = 4;

/** A page with the state of all alarms, and the course of what they watch. */
export function dashboard(
  scope: Construct,
  environment: string,
  alarms: readonly cloudwatch.Alarm[],
  watches: readonly Watch[],
): void {
  const graphs = watches.map(
    ({ name, metric }) => new cloudwatch.GraphWidget({ title: name, left: [metric], width: 24 / ROW, height: 5 }),
  );
  const rows: cloudwatch.IWidget[][] = [];
  for (let start = 0; start < graphs.length; start += ROW) {
    rows.push(graphs.slice(start, start + ROW));
  }
  new cloudwatch.Dashboard(scope, 'Dashboard', {
    dashboardName: `countersign-${environment}`,
    widgets: [[new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24 })], ...rows],
  });
}
