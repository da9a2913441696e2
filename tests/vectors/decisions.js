// Decisions with the verdict that each must get, by a model of the policy that knows nothing of the
// component's: it reads the rules below and applies the sentences of the documentation one by one.

// What `policy.toml` says, as [effect, pattern, own only].
const STATED = {
  admin: { inherits: [], rules: [["allow", "*:*", false]] },
  reader: {
    inherits: [],
    rules: [["allow", "articles:read", false], ["allow", "comments:read*", false], ["allow", "articles:write", true]],
  },
  writer: { inherits: ["reader"], rules: [["allow", "articles:write", false], ["allow", "drafts:*", false]] },
  editor: { inherits: ["writer"], rules: [["allow", "articles:*", false], ["deny", "articles:delete", false]] },
  moderator: {
    inherits: ["reader"],
    rules: [["allow", "comments:*", false], ["allow", "*:flag", false], ["deny", "comments:approve", false]],
  },
  chief: { inherits: ["editor", "moderator"], rules: [["allow", "reports:read", false]] },
  auditor: { inherits: [], rules: [["allow", "*:read", false], ["deny", "secrets:*", false]] },
  suspended: { inherits: [], rules: [["deny", "*:*", false]] },
  owner: { inherits: [], rules: [["allow", "*:*", true]] },
  guest: { inherits: [], rules: [] },
};

const RESOURCES = ["articles", "comments", "drafts", "reports", "secrets", "files"];
const ACTIONS = ["read", "readall", "write", "delete", "approve", "flag"];
const MALFORMED = ["", "articles", "articles:", ":read", "articles:read:x", "*:read", "articles:*", "articles :read", "articles:read ", "ärticles:read"];

export function decisionVectors(random) {
  const vectors = [];
  for (let at = 0; at < 4000; at += 1) {
    const roles = Array.from({ length: random.below(4) }, () =>
      random.below(10) === 0 ? "unknown" : random.pick(Object.keys(STATED)),
    );
    const subject = random.pick(["alice", "bob"]);
    // A gate knows no owner, so half of the questions have none.
    const owner = at % 2 ? null : random.pick([null, "alice", "bob", ""]);
    const permission = `${random.pick(RESOURCES)}:${random.pick(ACTIONS)}`;
    vectors.push({ subject, roles, permission, owner, verdict: decide(subject, roles, permission, owner) });
  }
  for (const permission of MALFORMED) {
    vectors.push({ subject: "alice", roles: ["admin"], permission, owner: null, verdict: "malformed-permission" });
  }
  return vectors;
}

// A denial wins, in any role; otherwise the first rule that allows, in the order of the roles, is the
// reason. The rules of the nearest role come first.
function decide(subject, roles, permission, owner) {
  const matching = (effect) =>
    roles.flatMap((role) =>
      lineage(role)
        .flatMap(({ name, via }) => STATED[name].rules.map((rule) => [rule, via]))
        .filter(([[stated, pattern, own]]) => stated === effect && covers(pattern, permission) && (!own || owner === subject))
        .map(([[, rule], via]) => ({ role, rule, via })),
    )[0];
  const denied = matching("deny");
  const allowed = matching("allow");
  return denied ? { denied } : allowed ? { allowed } : "unmatched";
}

// The role and what it inherits, each once, the nearest first, with the path to it.
function lineage(role) {
  const found = role in STATED ? [{ name: role, via: [role] }] : [];
  for (const { name, via } of found) {
    for (const parent of STATED[name].inherits) {
      if (!found.some((other) => other.name === parent)) {
        found.push({ name: parent, via: [...via, parent] });
      }
    }
  }
  return found;
}

function covers(pattern, permission) {
  const [patterns, parts] = [pattern.split(":"), permission.split(":")];
  return patterns.every((part, at) =>
    part.endsWith("*") ? parts[at].startsWith(part.slice(0, -1)) : part === parts[at],
  );
}
