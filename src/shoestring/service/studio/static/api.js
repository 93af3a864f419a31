/** The studio's only way to the server: the same /v1 routes that everybody else uses. */

/** What the server said was wrong, in its own words. */
export class ApiError extends Error {
  constructor(status, error) {
    super(error.message || `The server answered ${status}.`);
    this.status = status;
    this.code = error.code ?? "";
    this.param = error.param ?? "";
    this.type = error.type ?? "";
    this.details = error;
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** "Come back later" from a server whose model is loading or whose queue is full; each call waits at most this often. */
const PATIENCE = 15;
const LATER = new Set(["model_loading", "busy", "overloaded"]);

/** A key that makes it safe to send the same sample again. */
export const onceOnly = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("-");

/**
 * @param {"GET" | "POST" | "PUT" | "DELETE"} method
 * @param {string} path below /v1, with a leading slash
 * @param {object} [body] sent as JSON
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>} the parsed answer; rejects with ApiError
 */
async function call(method, path, body, headers = {}, patience = PATIENCE) {
  let response;
  try {
    response = await fetch(`/v1${path}`, {
      method,
      headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, { message: "The server does not answer. Is `shoestring studio` still running?", code: "offline" });
  }
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    throw new ApiError(response.status, { message: `The server answered ${response.status} with something that is not JSON.` });
  }
  if (response.ok) return answer;
  const wait = Number(response.headers.get("retry-after"));
  if (wait && patience > 0 && LATER.has(answer?.error?.code)) {
    await pause(1000 * Math.min(wait, 5));
    return call(method, path, body, headers, patience - 1);
  }
  throw new ApiError(response.status, answer?.error ?? {});
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}, headers = {}) => call("POST", path, body, headers);
export const put = (path, body = {}) => call("PUT", path, body);
export const remove = (path) => call("DELETE", path);

/** A path segment that may hold any character a person's name may hold. */
export const segment = (text) => encodeURIComponent(text);

/**
 * Follow server-sent events until the returned function is called.
 * @param {string} path below /v1
 * @param {(name: string, data: any) => void} onEvent
 * @param {string[]} names of the events to follow
 */
export function follow(path, names, onEvent) {
  const source = new EventSource(`/v1${path}`);
  for (const name of names) {
    source.addEventListener(name, (event) => onEvent(name, event.data ? JSON.parse(event.data) : null));
  }
  return () => source.close();
}
