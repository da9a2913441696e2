import { InvalidKeySet, InvalidSetting } from "./errors.js";
import { MAX_BYTES } from "./key-set.js";

/** The time limit of a fetch, in milliseconds. */
const TIME_LIMIT = 3_000;

/** Checks the URL of a key set: keys of another machine need TLS. */
export function keySetUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname))) {
    return url;
  }
  throw new InvalidSetting(`\`jwksUrl\` must be an https URL: \`${text}\``);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Fetches the text of a key set. No redirect is followed: the operator names the source. */
export async function fetchKeySet(url: URL): Promise<string> {
  const answer = await fetch(url, {
    headers: { accept: "application/jwk-set+json, application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout(TIME_LIMIT),
  });
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new InvalidKeySet(`the answer of ${url} is ${answer.status || "a redirect"}`);
  }
  return readBounded(answer, url);
}

async function readBounded(answer: Response, url: URL): Promise<string> {
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [text, bytes] = ["", 0];
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) {
      return text + decoder.decode();
    }
    bytes += value.length;
    if (bytes > MAX_BYTES) {
      await reader?.cancel();
      throw new InvalidKeySet(`the answer of ${url} is longer than ${MAX_BYTES} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
