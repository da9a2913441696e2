// The form that makes the first administrator.
//
// The link that the server prints carries the token in its fragment, which a browser does not send:
// no server and no log sees it. The page does not ask whether set-up is still open before the form
// is sent, since a stranger must not learn it from this page.

const SPENT = "countersign.spent-setup-token";
const FIELDS = ["token", "email", "password"];

const element = (id) => document.getElementById(id);
const form = element("setup-form");
const alertBox = element("setup-alert");
const submit = element("setup-submit");
const field = (name) => form.elements.namedItem(name);

// A token works once, so a used one is no secret. Keeping it lets the same link say later that the
// set-up is finished. The browser's storage may be switched off.
function rememberSpent(token) {
  try {
    localStorage.setItem(SPENT, token);
  } catch {}
}

function isSpent(token) {
  try {
    return localStorage.getItem(SPENT) === token;
  } catch {
    return false;
  }
}

function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("setup");
  if (token !== null) {
    history.replaceState(null, "", location.pathname + location.search);
  }
  return token;
}

// The words between backticks become code.
function showText(box, text) {
  const parts = text.split("`").map((part, index) => {
    if (index % 2 === 0) {
      return part;
    }
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  });
  box.replaceChildren(...parts);
}

function showError(name, text) {
  const box = element(`${name}-error`);
  showText(box, text);
  box.hidden = text === "";
  const input = field(name);
  if (text === "") {
    input.removeAttribute("aria-invalid");
  } else {
    input.setAttribute("aria-invalid", "true");
  }
}

function clearErrors() {
  alertBox.replaceChildren();
  for (const name of FIELDS) {
    showError(name, "");
  }
}

function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

// Puts each error beside the field that its JSON pointer names, and the rest above the button.
function showProblem(problem) {
  const texts = new Map();
  const others = [];
  for (const { pointer = "", detail } of problem.errors ?? []) {
    const name = pointer.slice(1);
    if (FIELDS.includes(name)) {
      texts.set(name, [...(texts.get(name) ?? []), sentence(detail)]);
    } else {
      others.push(sentence(detail));
    }
  }
  for (const [name, lines] of texts) {
    showError(name, lines.join(" "));
  }
  const first = FIELDS.find((name) => texts.has(name));
  if (first !== undefined) {
    field(first).focus();
  }
  if (texts.size === 0 || others.length > 0) {
    const slug = String(problem.type ?? "").split("/").pop();
    const link = document.createElement("a");
    link.href = `problems/${encodeURIComponent(slug)}`;
    link.textContent = "About this problem";
    const text = others.join(" ") || sentence(problem.detail ?? "The server refused.");
    showText(alertBox, `${text} `);
    alertBox.append(link);
  }
}

function finish(id) {
  element("setup-open").hidden = true;
  const part = element(id);
  part.hidden = false;
  part.focus();
}

async function send() {
  const values = Object.fromEntries(FIELDS.map((name) => [name, field(name).value]));
  values.token = values.token.trim();
  const answer = await fetch("v1/setup", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(values),
  });
  if (answer.ok) {
    rememberSpent(values.token);
    const account = await answer.json();
    form.reset();
    element("setup-email").textContent = account.email;
    finish("setup-done");
    return;
  }
  const problem = await answer.json();
  if (String(problem.type).endsWith("/invalid-setup-token")) {
    field("password").value = "";
    finish("setup-closed");
  } else {
    showProblem(problem);
  }
}

let sending = false;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (sending) {
    return;
  }
  sending = true;
  submit.setAttribute("aria-disabled", "true");
  clearErrors();
  try {
    await send();
  } catch {
    alertBox.textContent = "The server gave no answer that this page understands. Try again.";
  } finally {
    sending = false;
    submit.removeAttribute("aria-disabled");
  }
});

element("show-password").addEventListener("click", (event) => {
  const input = field("password");
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  event.currentTarget.textContent = shown ? "Hide" : "Show";
  event.currentTarget.setAttribute("aria-label", shown ? "Hide the password" : "Show the password");
});

element("setup-again").addEventListener("click", () => {
  element("setup-closed").hidden = true;
  element("setup-open").hidden = false;
  begin("");
});

// Opens the form when there is a token, and leaves it folded otherwise.
function begin(token) {
  const details = element("setup-details");
  const fromLink = Boolean(token);
  element("setup-welcome").hidden = !fromLink;
  element("setup-intro").hidden = fromLink;
  details.hidden = false;
  element("setup-without-script").hidden = true;
  if (token !== null) {
    details.open = true;
    field("token").value = token;
    field(token === "" ? "token" : "email").focus();
  }
}

function start() {
  const token = takeTokenFromAddress();
  if (token !== null && isSpent(token)) {
    finish("setup-closed");
  } else {
    begin(token);
  }
}

addEventListener("hashchange", () => {
  if (new URLSearchParams(location.hash.slice(1)).has("setup")) {
    start();
  }
});
start();
