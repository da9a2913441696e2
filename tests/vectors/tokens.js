// Tokens with the verdict that each must get. The verdict follows from how the token is made, and
// nothing here calls the component.

import { KEYS, STRANGER, encode, hmac } from "./keys.js";

export const ISSUER = "https://auth.example.org";
export const AUDIENCES = ["https://api.example.org", "orders"];
export const LEEWAYS = [0, 1, 30, 59, 60];
const ISSUED = 1_900_000_000;
const LIFE = 600;
const NOW = (ISSUED + 60) * 1000;
const ALGORITHMS = [
  ["ed-1", "EdDSA"],
  ["ed-2", "Ed25519"],
  ["es-1", "ES256"],
  ["rs-1", "RS256"],
];

const claimsFor = (audience) => ({
  iss: ISSUER,
  sub: "0190b0a0-0000-7000-8000-000000000001",
  aud: audience,
  client_id: "countersign",
  jti: "0190b0a0-0000-7000-8000-000000000002",
  sid: "0190b0a0-0000-7000-8000-000000000003",
  roles: ["editor", "reader"],
  iat: ISSUED,
  exp: ISSUED + LIFE,
  auth_time: ISSUED,
  amr: ["pwd"],
});
const TEXTS = ["sub", "client_id", "jti", "sid"];
const TIMES = ["iat", "exp", "auth_time"];
const LISTS = ["roles", "amr"];
const PRESENT = ["iss", ...TEXTS, "aud", ...LISTS, ...TIMES];

// One token. `header` and `claims` are objects, or texts or bytes that are taken as they are.
function make({ kid, header, claims, key = KEYS[kid] }) {
  const part = (value) =>
    encode(typeof value === "string" || Buffer.isBuffer(value) ? Buffer.from(value) : JSON.stringify(value));
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${encode(key.sign(input))}`;
}

export function tokenVectors(random) {
  const vectors = [];
  for (const [kid, alg] of ALGORITHMS) {
    for (const audience of AUDIENCES) {
      const context = { kid, alg, audience, random, header: { alg, kid, typ: "at+jwt" } };
      const add = (name, token, verdict, { leeway = 30, now = NOW } = {}) =>
        vectors.push({ name: `${alg} ${audience}: ${name}`, token, audience, leeway, now, verdict });
      for (const kind of [valid, times, headers, claims, shapes, signatures]) {
        kind(context, add);
      }
    }
  }
  return vectors;
}

function valid({ kid, header, audience, random }, add) {
  const claims = claimsFor(audience);
  const good = (name, changed, head = header) => add(name, make({ kid, header: head, claims: changed }), "valid");
  good("as issued", claims);
  good("several audiences", { ...claims, aud: ["other", audience] });
  good("a list of one audience", { ...claims, aud: [audience] });
  good("no roles", { ...claims, roles: [], amr: [] });
  good("unknown claims", { ...claims, name: "x", nested: { a: [1, 2.5, null, true] } });
  good("an nbf that has passed", { ...claims, nbf: ISSUED });
  good("escapes", JSON.stringify(claims).replace("countersign", "counter\\u0073ign"));
  good("white space", JSON.stringify(claims, null, 2));
  good("unknown members of the header", claims, { ...header, x: "y", nested: { a: 1 } });
  for (const typ of ["AT+JWT", "application/at+jwt", "Application/At+Jwt"]) {
    good(`typ ${typ}`, claims, { ...header, typ });
  }
  for (let round = 0; round < 10; round += 1) {
    const text = () => `${random.bytes(9).toString("base64url")}é✓😀`;
    const roles = Array.from({ length: random.below(20) }, text);
    good(`random ${round}`, { ...claims, sub: text(), jti: text(), sid: text(), roles });
  }
}

// Before, at and after each boundary, in milliseconds.
function times({ kid, header, audience }, add) {
  const claims = claimsFor(audience);
  for (const leeway of LEEWAYS) {
    for (const [off, afterEnd] of [[-1, false], [0, true], [1, true]]) {
      const end = (claims.exp + leeway) * 1000;
      const token = make({ kid, header, claims });
      add(`exp ${off} ms, leeway ${leeway}`, token, afterEnd ? "expired" : "valid", { leeway, now: end + off });
      for (const name of ["iat", "nbf"]) {
        const later = make({ kid, header, claims: { ...claims, [name]: ISSUED + 100 } });
        const now = (ISSUED + 100 - leeway) * 1000 + off;
        add(`${name} ${off} ms, leeway ${leeway}`, later, off < 0 ? "not-yet-valid" : "valid", { leeway, now });
      }
    }
  }
  const never = make({ kid, header, claims: { ...claims, iat: 2 ** 40, exp: 1 } });
  add("both too early and too late", never, "not-yet-valid");
  add("the largest exp", make({ kid, header, claims: { ...claims, exp: 2 ** 53 } }), "valid");
}

function headers({ kid, alg, header, audience }, add) {
  const claims = claimsFor(audience);
  const bad = (name, changed, verdict) => add(`header: ${name}`, make({ kid, header: changed, claims }), verdict);
  for (const name of ["none", "None", "nOnE", "HS256", "HS384", "RS384", "PS256", "ES384", "ES512", "EdDSA ", "eddsa", "", "Ed448"]) {
    bad(`alg ${name}`, { ...header, alg: name }, "unknown-key");
  }
  for (const [, other] of ALGORITHMS) {
    const isSameKind = other === alg || (kid.startsWith("ed") && other.startsWith("Ed"));
    bad(`alg of another key, ${other}`, { ...header, alg: other }, isSameKind ? "valid" : "unknown-key");
  }
  for (const name of ["none", "ed-3", "../ed-1", "ED-1", "ed-1\u0000", " ed-1", "k".repeat(256), "é".repeat(128), "' OR 1=1", "constructor", "__proto__"]) {
    bad(`kid ${name.slice(0, 12)}`, { ...header, kid: name }, "unknown-key");
  }
  for (const wrong of ["", "k".repeat(257), "é".repeat(129), 1, null, ["ed-1"], {}]) {
    bad(`kid ${JSON.stringify(wrong).slice(0, 12)}`, { ...header, kid: wrong }, "malformed");
  }
  for (const wrong of [1, null, ["EdDSA"], {}, true]) {
    bad(`alg ${JSON.stringify(wrong)}`, { ...header, alg: wrong }, "malformed");
    bad(`typ ${JSON.stringify(wrong)}`, { ...header, typ: wrong }, "malformed");
  }
  for (const typ of ["JWT", "jwt", "", "at+jwt ", "at+jwt; x=y", "text/at+jwt", "logout+jwt", "dpop+jwt", "at-jwt"]) {
    bad(`typ ${typ}`, { ...header, typ }, "wrong-type");
  }
  const without = (member) => Object.fromEntries(Object.entries(header).filter(([name]) => name !== member));
  bad("no alg", without("alg"), "malformed");
  bad("no kid", without("kid"), "malformed");
  bad("no typ", without("typ"), "wrong-type");
  for (const [member, value] of [["crit", ["exp"]], ["crit", []], ["b64", false], ["b64", true]]) {
    bad(`${member} ${JSON.stringify(value)}`, { ...header, [member]: value }, "unsupported-critical");
  }
  for (const member of ["jku", "jwk", "x5u", "x5c", "zip", "cty"]) {
    bad(member, { ...header, [member]: "https://attacker.example" }, "malformed");
    bad(`${member} null`, { ...header, [member]: null }, "malformed");
  }
  const json = JSON.stringify(header);
  for (const member of Object.keys(header)) {
    const twice = `{"${member}":${JSON.stringify(header[member])},${json.slice(1)}`;
    bad(`${member} twice`, twice, "malformed");
    bad(`${member} twice, escaped`, twice.replace(`"${member}"`, `"\\u00${member.charCodeAt(0).toString(16)}${member.slice(1)}"`), "malformed");
  }
  bad("a nested member twice", json.replace("}", ',"x":{"a":1,"a":2}}'), "malformed");
  for (const text of ["", "null", "[]", '"x"', "1", "{", `${json}x`, `${json}{}`, `\ufeff${json}`, json.replaceAll('"', "'"), json.replace("}", ",}")]) {
    bad(`text ${text.slice(0, 6)} ${text.length}`, text, "malformed");
  }
  bad("not UTF-8", Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from(',"x":"'), Buffer.from([0xff]), Buffer.from('"}')]), "malformed");
  bad("nested at the limit", json.replace("}", `,"x":${"[".repeat(7)}${"]".repeat(7)}}`), "valid");
  bad("nested too deeply", json.replace("}", `,"x":${"[".repeat(8)}${"]".repeat(8)}}`), "malformed");
}

function claims({ kid, header, audience }, add) {
  const good = claimsFor(audience);
  const bad = (name, changed, verdict = "malformed") => add(`claims: ${name}`, make({ kid, header, claims: changed }), verdict);
  const json = JSON.stringify(good);
  for (const member of PRESENT) {
    bad(`no ${member}`, Object.fromEntries(Object.entries(good).filter(([name]) => name !== member)));
    bad(`${member} null`, { ...good, [member]: null });
    bad(`${member} an object`, { ...good, [member]: {} });
    bad(`${member} a boolean`, { ...good, [member]: true });
    bad(`${member} twice`, `{"${member}":${JSON.stringify(good[member])},${json.slice(1)}`);
  }
  for (const member of ["iss", ...TEXTS]) {
    bad(`${member} a number`, { ...good, [member]: 1 });
    bad(`${member} a list`, { ...good, [member]: ["a"] });
  }
  for (const member of TEXTS) {
    bad(`${member} empty`, { ...good, [member]: "" });
  }
  for (const member of [...TIMES, "nbf"]) {
    for (const text of ['"1900000000"', "1900000000.0", "1900000000.5", "1.9e9", "-1", "-0.0", "9007199254740993", "1e400", "18446744073709551616", "[1900000000]"]) {
      const changed = JSON.stringify({ ...good, [member]: 7 }).replace(`"${member}":7`, `"${member}":${text}`);
      bad(`${member} ${text}`, changed);
    }
  }
  for (const member of LISTS) {
    for (const value of ["admin", 1, [1], [null], [["a"]], [{}]]) {
      bad(`${member} ${JSON.stringify(value)}`, { ...good, [member]: value });
    }
  }
  for (const value of [[], [1], [null], 1, [[audience]]]) {
    bad(`aud ${JSON.stringify(value)}`, { ...good, aud: value });
  }
  for (const value of ["", "other", ["other"], ["other", ""], audience.toUpperCase(), `${audience}/`, ` ${audience}`, `${audience}\u0000`]) {
    bad(`aud ${JSON.stringify(value)}`, { ...good, aud: value }, "wrong-audience");
  }
  for (const value of ["", "https://auth.example.com", `${ISSUER}/`, ISSUER.toUpperCase(), ISSUER.replace("https", "http"), `${ISSUER} `]) {
    bad(`iss ${JSON.stringify(value)}`, { ...good, iss: value }, "wrong-issuer");
  }
  bad("wrong in every way", { ...good, iss: "x", aud: "y", exp: 1 }, "wrong-issuer");
  bad("wrong audience and expired", { ...good, aud: "y", exp: 1 }, "wrong-audience");
  for (const text of ["", "null", "[]", '"x"', "{", `${json}x`, `\ufeff${json}`, json.replace("}", ",}")]) {
    bad(`text ${text.slice(0, 6)} ${text.length}`, text, text === "" ? "malformed" : "malformed");
  }
  bad("not UTF-8", Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from(',"x":"'), Buffer.from([0xc0, 0x80]), Buffer.from('"}')]));
  bad("a lone surrogate", json.replace("countersign", "\\ud800"));
  bad("nested at the limit", json.replace("}", `,"x":${"[".repeat(7)}${"]".repeat(7)}}`), "valid");
  bad("nested too deeply", json.replace("}", `,"x":${"[".repeat(8)}${"]".repeat(8)}}`));
  bad("a nested member twice", json.replace("}", ',"x":{"a":1,"a":2}}'));
}

function shapes({ kid, header, audience }, add) {
  const token = make({ kid, header, claims: claimsFor(audience) });
  const [head, body, signature] = token.split(".");
  const bad = (name, text, verdict = "malformed") => add(`shape: ${name}`, text, verdict);
  bad("empty", "");
  bad("two parts", `${head}.${body}`);
  bad("four parts", `${token}.${signature}`);
  bad("five parts, encrypted", `${head}..${body}.${signature}.${signature}`);
  bad("dots alone", "..");
  for (const [name, parts] of [
    ["no header", ["", body, signature]],
    ["no claims", [head, "", signature]],
    ["no signature", [head, body, ""]],
    ["padding", [head, body, `${signature}=`]],
    ["padding of the header", [`${head}==`, body, signature]],
    ["the other base64", [head, body, `+${signature.slice(1, -1)}/`]],
    ["a line feed", [head, body, `${signature}\n`]],
    ["a space", [` ${head}`, body, signature]],
    ["a zero byte", [head, `${body}\u0000`, signature]],
    ["unused bits", [head, body, signature.slice(0, -1) + spoiled(signature.at(-1))]],
    ["a letter beyond ASCII", [head, body, `é${signature.slice(1)}`]],
    ["a lone letter", [head, body, "A"]],
  ]) {
    bad(name, parts.join("."));
  }
  bad("JSON serialisation", JSON.stringify({ protected: head, payload: body, signature }));
  bad("with its scheme", `Bearer ${token}`);
  bad("a percent sign", encodeURIComponent(`${token}%`));
  const room = 8192 - token.length;
  const longer = (extra) => make({ kid, header, claims: { ...claimsFor(audience), pad: "x".repeat(extra) } });
  let extra = Math.floor((room * 3) / 4) - 12;
  while (longer(extra + 1).length <= 8192) {
    extra += 1;
  }
  bad("as large as allowed", longer(extra), "valid");
  bad("larger than allowed", longer(extra + 4), "too-large");
  bad("8,193 letters", "a".repeat(8193), "too-large");
  bad("8,192 letters", "a".repeat(8192), "malformed");
}

// The letter with its lowest bit set, which no strict decoder takes at the end of these signatures.
function spoiled(letter) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return alphabet[alphabet.indexOf(letter) | 1];
}

const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function signatures({ kid, alg, header, audience, random }, add) {
  const claims = claimsFor(audience);
  const token = make({ kid, header, claims });
  const input = token.slice(0, token.lastIndexOf("."));
  const right = Buffer.from(token.slice(token.lastIndexOf(".") + 1), "base64url");
  const signed = (name, signature, verdict = "bad-signature") => add(`signature: ${name}`, `${input}.${encode(signature)}`, verdict);
  for (let round = 0; round < 12; round += 1) {
    const changed = Buffer.from(right);
    changed[random.below(changed.length)] ^= 1 << random.below(8);
    signed(`a changed bit, ${round}`, changed);
  }
  signed("all zero", Buffer.alloc(right.length));
  signed("all ones", Buffer.alloc(right.length, 255));
  signed("random", random.bytes(right.length));
  signed("one byte", Buffer.from([1]));
  signed("cut short", right.subarray(0, -1));
  signed("too long", Buffer.concat([right, Buffer.from([0])]));
  signed("twice", Buffer.concat([right, right]));
  signed("of another key of no set", STRANGER.sign(input));
  signed("an HMAC with the public key", hmac(input, JSON.stringify(KEYS[kid].jwk)));
  for (const [other] of ALGORITHMS.filter(([other]) => other !== kid)) {
    signed(`of the key ${other}`, KEYS[other].sign(input));
  }
  signed("of other claims", KEYS[kid].sign(`${input}x`));
  for (const member of ["sub", "roles"]) {
    const better = { ...claims, [member]: member === "sub" ? "admin" : ["admin"] };
    const other = make({ kid, header, claims: better }).split(".")[1];
    add(`signature: over another ${member}`, `${input.split(".")[0]}.${other}.${encode(right)}`, "bad-signature");
  }
  if (alg === "ES256") {
    const [r, s] = [right.subarray(0, 32), right.subarray(32)];
    const mirrored = (P256_ORDER - BigInt(`0x${s.toString("hex")}`)).toString(16).padStart(64, "0");
    // ECDSA takes both; nothing here relies on a token having one text alone.
    signed("the other s", Buffer.concat([r, Buffer.from(mirrored, "hex")]), "valid");
    signed("DER", der(r, s));
    signed("r zero", Buffer.concat([Buffer.alloc(32), s]));
    signed("s zero", Buffer.concat([r, Buffer.alloc(32)]));
    const order = Buffer.from(P256_ORDER.toString(16), "hex");
    signed("r and s the order", Buffer.concat([order, order]));
  }
  if (alg.startsWith("Ed")) {
    const s = BigInt(`0x${Buffer.from(right.subarray(32)).reverse().toString("hex")}`);
    const larger = Buffer.from((s + ED25519_ORDER).toString(16).padStart(64, "0"), "hex").reverse();
    signed("s plus the order", Buffer.concat([right.subarray(0, 32), larger]));
  }
}

function der(r, s) {
  const integer = (bytes) => {
    const positive = bytes[0] & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
    return Buffer.concat([Buffer.from([2, positive.length]), positive]);
  };
  const both = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.from([0x30, both.length]), both]);
}
