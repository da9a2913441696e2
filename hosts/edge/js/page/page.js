// Checks a token in the browser and says why it is refused. What it finds out is for display alone.

import { SHA256, createVerifier } from "../entries/browser.js";

/** What each reason of the component means, for whoever debugs a token. */
const REASONS = {
  malformed: "It is not three strict base64url parts that hold the right JSON, or a claim is missing, repeated or of the wrong type.",
  "too-large": "It is longer than any token that the service issues.",
  "unknown-key": "No key of the key set has the id that its header names, or the key has another algorithm.",
  "bad-signature": "The key that its header names did not sign these bytes.",
  "unsupported-critical": "Its header has the member crit or b64, which demands an extension that verifiers do not have.",
  "wrong-type": "The member typ of its header is not at+jwt, so it is no access token.",
  "wrong-issuer": "Its claim iss is not the issuer above.",
  "wrong-audience": "Its claim aud does not contain the audience above.",
  expired: "Its claim exp has passed, 30 seconds of leeway included.",
  "not-yet-valid": "Its claim nbf or iat lies in the future, 30 seconds of leeway included.",
};
const TIMES = ["auth_time", "exp", "iat", "nbf"];

const find = (id) => document.getElementById(id);
const valueOf = (id) => find(id).value.trim();

find("sha256").textContent = SHA256;
find("question").addEventListener("submit", async (event) => {
  event.preventDefault();
  show({ ...(await answer()), ...parts(valueOf("token")) });
});

// A service that serves this page names the place of its keys.
const { from } = find("jwks").dataset;
if (from) {
  const answer = await fetch(from).catch(() => undefined);
  // What somebody has entered meanwhile stays.
  if (answer?.ok && !valueOf("jwks")) {
    find("jwks").value = JSON.stringify(await answer.json(), undefined, 2);
  }
}

/** The verdict on the token, and the decision for its bearer. */
async function answer() {
  const [token, permission, owner] = ["token", "permission", "owner"].map(valueOf);
  const settings = { issuer: valueOf("issuer"), audience: valueOf("audience"), jwks: valueOf("jwks") };
  const policy = valueOf("policy");
  try {
    const verifier = await createVerifier(policy ? { ...settings, policy } : settings);
    const claims = await verifier.verify(token);
    const decision = decide(verifier, claims, policy, permission, owner);
    return { verdict: "Valid", explanation: `It is the token of ${claims.subject}.`, decision };
  } catch (error) {
    const reason = error.name === "TokenRefused" ? error.reason : undefined;
    return {
      verdict: reason ? `Refused: ${reason}` : "Not checked",
      explanation: reason ? REASONS[reason] : error.message,
      decision: "A decision needs a valid token.",
    };
  }
}

function decide(verifier, claims, policy, permission, owner) {
  if (!policy || !permission) {
    return "A decision needs a policy and a permission.";
  }
  try {
    const { allowed, by } = verifier.decide(claims, permission, owner || undefined);
    const word = allowed ? "Allowed" : "Denied";
    return by
      ? `${word} by the rule ${by.rule} of the role ${by.via.at(-1)}, through ${by.via.join(" → ")}.`
      : "Denied: no rule of the bearer's roles matches.";
  } catch (error) {
    return error.message;
  }
}

/** Header and payload as text, whether or not the token is valid: a reader looks for a mistake. */
function parts(token) {
  const [header, payload] = token.split(".").map(decoded);
  return { header, payload };
}

function decoded(part) {
  try {
    const binary = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const members = JSON.parse(new TextDecoder().decode(bytes));
    const lines = JSON.stringify(members, undefined, 2);
    const times = TIMES.filter((name) => Number.isFinite(members?.[name]))
      .map((name) => `${name}: ${new Date(members[name] * 1000).toUTCString()}`);
    return [lines, ...times].join("\n");
  } catch {
    return "not the JSON of a token";
  }
}

function show({ verdict, explanation, decision, header = "", payload = "" }) {
  const isValid = verdict === "Valid";
  const title = isValid ? "What the token says" : "What the text says, not verified";
  const texts = { verdict, explanation, decision, header, payload, "parts-title": title };
  for (const [id, text] of Object.entries(texts)) {
    find(id).textContent = text;
  }
  find("answer").hidden = false;
}
