import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { FileSystem } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import { ConfigurationError } from './stage/stage.ts';

/** A file of the developer in a layer, and where a function finds it. */
export interface LayerFile {
  readonly layer: lambda.ILayerVersion;
  /** The absolute path in the function. */
  readonly path: string;
}

/** @throws ConfigurationError when there is no such file; `remedy` ends the sentence */
export function requireFile(path: string, remedy: string): string {
  if (!existsSync(path)) {
    throw new ConfigurationError(`there is no ${path}: ${remedy}`);
  }
  return path;
}

/** What tells the contents of files from those of others. */
export function digest(...paths: readonly string[]): string {
  const hash = createHash('sha256');
  paths.forEach((path) => hash.update(readFileSync(path)));
  return hash.digest('hex').slice(0, 16);
}

/** A layer that holds one file. So a team ships its own beside the zip of the project as it is. */
export function fileLayer(scope: Construct, id: string, of: { file: string; description: string }): LayerFile {
  const folder = FileSystem.mkdtemp('countersign-layer-');
  const name = basename(of.file);
  copyFileSync(of.file, join(folder, name));
  const layer = new lambda.LayerVersion(scope, id, {
    description: of.description,
    code: lambda.Code.fromAsset(folder),
    compatibleArchitectures: [lambda.Architecture.ARM_64],
    compatibleRuntimes: [lambda.Runtime.PROVIDED_AL2023],
  });
  return { layer, path: `/opt/${name}` };
}
