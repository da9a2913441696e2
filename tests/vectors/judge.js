// Gives every vector to a verifier and returns what differs. It runs in every JavaScript host, so it
// uses nothing but the language.

export async function judge({ createVerifier, SHA256 }, { issuer, jwks, policy, tokens, decisions }) {
  let now = 0;
  const verifiers = new Map();
  const verifierFor = async (audience, leewaySeconds) => {
    const name = `${audience} ${leewaySeconds}`;
    if (!verifiers.has(name)) {
      const settings = { issuer, audience, leewaySeconds, jwks, policy, now: () => now };
      verifiers.set(name, await createVerifier(settings));
    }
    return verifiers.get(name);
  };
  const differences = [];
  const compare = (name, expected, actual) => {
    if (JSON.stringify(expected) !== JSON.stringify(actual)) {
      differences.push({ name, expected, actual });
    }
  };
  for (const { name, token, audience, leeway, now: time, verdict } of tokens) {
    const verifier = await verifierFor(audience, leeway);
    now = time;
    compare(name, verdict, await verdictOf(() => verifier.verify(token).then(() => "valid")));
  }
  const verifier = await verifierFor(tokens[0].audience, 0);
  for (const { subject, roles, permission, owner, verdict } of decisions) {
    const name = `${subject} ${roles} ${permission} ${owner}`;
    const decide = () => verifier.decide({ subject, roles }, permission, owner ?? undefined);
    compare(name, verdict, await verdictOf(async () => named(decide())));
  }
  return { sha256: SHA256, tokens: tokens.length, decisions: decisions.length, differences };
}

async function verdictOf(call) {
  try {
    return await call();
  } catch (error) {
    return error.reason ?? (error.name === "MalformedPermission" ? "malformed-permission" : String(error));
  }
}

function named({ allowed, by }) {
  if (by === undefined) {
    return "unmatched";
  }
  return allowed ? { allowed: by } : { denied: by };
}
