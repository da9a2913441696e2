// Secrets in Secrets Manager. The runtime brings the client.

import {
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';

/** @typedef {ReturnType<typeof open>} Secret */

/** The text of a secret. */
export async function read(SecretId) {
  const answer = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId }));
  return answer.SecretString;
}

/** A client of the versions of one secret. */
export function open(SecretId) {
  const client = new SecretsManagerClient({});
  return {
    async versions() {
      const { Versions = [] } = await client.send(new ListSecretVersionIdsCommand({ SecretId }));
      return Versions.map(({ VersionId, VersionStages = [], CreatedDate }) => ({
        id: VersionId,
        stages: VersionStages,
        createdAt: CreatedDate.getTime(),
      }));
    },
    async put(SecretString, stage) {
      await client.send(new PutSecretValueCommand({ SecretId, SecretString, VersionStages: [stage] }));
    },
    /** Makes the pending version the current one. */
    async activate(versions) {
      const id = (stage) => versions.find(({ stages }) => stages.includes(stage)).id;
      const [current, pending] = [id('AWSCURRENT'), id('AWSPENDING')];
      const move = (VersionStage, more) =>
        client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage, ...more }));
      await move('AWSCURRENT', { MoveToVersionId: pending, RemoveFromVersionId: current });
      await move('AWSPENDING', { RemoveFromVersionId: pending });
    },
  };
}
