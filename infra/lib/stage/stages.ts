import type { Configuration } from './configuration.ts';

/** For one developer: the smallest arrangement, deleted with its stack. */
const development: Configuration = {
  environment: 'development',
  region: 'eu-west-1',
  network: { kind: 'new', cidr: '10.20.0.0/20', endpointZones: 1 },
  database: {
    engineVersion: '5.0.0',
    instances: { kind: 'provisioned', instanceClass: 't4g.medium', count: 1 },
    certificateAuthority: 'rds-ca-rsa2048-g1',
    backup: { days: 7, window: '01:00-02:00' },
    maintenanceWindow: 'sun:03:00-sun:04:00',
    onRemoval: 'destroy',
  },
  service: {
    memoryMiB: 1024,
    reservedConcurrency: 20,
    logLevel: 'debug',
    deployment: 'at-once',
    description: 'on',
  },
  api: {
    allowedOrigins: ['http://localhost:3000'],
    throttle: { perSecond: 50, burst: 100 },
    throttleOfCredentials: { perSecond: 10, burst: 20 },
    credentialsPerAddress: 300,
  },
  observability: { logDays: 30, runbook: 'infra/RUNBOOK.md', canary: false },
  tags: { service: 'countersign', 'cost-centre': 'development' },
};

/** Like production, with one instance fewer and nothing kept warm. */
const staging: Configuration = {
  environment: 'staging',
  region: 'eu-west-1',
  network: { kind: 'new', cidr: '10.21.0.0/20', endpointZones: 1 },
  database: {
    engineVersion: '5.0.0',
    instances: { kind: 'provisioned', instanceClass: 't4g.medium', count: 2 },
    certificateAuthority: 'rds-ca-rsa2048-g1',
    backup: { days: 7, window: '01:00-02:00' },
    maintenanceWindow: 'sun:03:00-sun:04:00',
    onRemoval: 'keep',
  },
  service: {
    memoryMiB: 1769,
    reservedConcurrency: 50,
    logLevel: 'info',
    deployment: 'canary',
    description: 'on',
  },
  api: {
    allowedOrigins: [],
    throttle: { perSecond: 100, burst: 200 },
    throttleOfCredentials: { perSecond: 20, burst: 40 },
    credentialsPerAddress: 300,
  },
  observability: { logDays: 90, runbook: 'infra/RUNBOOK.md', canary: true },
  tags: { service: 'countersign', 'cost-centre': 'staging' },
};

/** For users. */
const production: Configuration = {
  environment: 'production',
  region: 'eu-west-1',
  network: { kind: 'new', cidr: '10.22.0.0/20', endpointZones: 2 },
  database: {
    engineVersion: '5.0.0',
    // At rest a third cheaper than two r6g.large, which pay off from a mean of 3.2 units an instance.
    instances: { kind: 'serverless', minCapacity: 2, maxCapacity: 16, count: 2 },
    certificateAuthority: 'rds-ca-rsa2048-g1',
    backup: { days: 14, window: '01:00-02:00' },
    maintenanceWindow: 'sun:03:00-sun:04:00',
    onRemoval: 'keep',
  },
  service: {
    // 1769 MiB is one whole processor: a password hash takes as long as on a server.
    memoryMiB: 1769,
    reservedConcurrency: 200,
    provisionedConcurrency: { min: 1, max: 20 },
    logLevel: 'info',
    deployment: 'canary',
    description: 'off',
  },
  api: {
    allowedOrigins: [],
    throttle: { perSecond: 500, burst: 1000 },
    throttleOfCredentials: { perSecond: 100, burst: 200 },
    credentialsPerAddress: 300,
  },
  observability: { logDays: 365, runbook: 'infra/RUNBOOK.md', canary: true },
  tags: { service: 'countersign', 'cost-centre': 'production' },
};

/** The stages by their names. */
export const STAGES: Readonly<Record<string, Configuration>> = { development, staging, production };
