// Requests to the daemon. The token lives in sessionStorage: it goes when the tab is closed.

const kTokenKey = "heddle.token";

export class ApiError extends Error {
  constructor(status, code, message, retry_after) {
    super(message);
    this.status = status;
    this.code = code;
    this.retry_after = retry_after;  // seconds, or 0
  }
}

export function set_token(token) {
  if (token) sessionStorage.setItem(kTokenKey, token);
  else sessionStorage.removeItem(kTokenKey);
}

let on_unauthorised = () => {};
/** Called whenever the daemon asks for a token, or refuses the one that it was given. */
export function when_unauthorised(listener) {
  on_unauthorised = listener;
}

/** The response where it is 2xx; otherwise throws ApiError (refused) or TypeError (not reached). */
export async function request(path, {method = "GET", headers = {}, body, signal, cache} = {}) {
  const token = sessionStorage.getItem(kTokenKey);
  const all = token ? {...headers, Authorization: `Bearer ${token}`} : headers;
  const response = await fetch(path, {method, headers: all, body, signal, cache});
  if (response.ok) return response;
  const error = await error_of(response);
  // A request sent before the token was typed says nothing about it.
  const current = token === sessionStorage.getItem(kTokenKey);
  if (error.status === 401 && current) on_unauthorised(Boolean(token));
  throw error;
}

async function error_of(response) {
  let code = `http_${response.status}`;
  let message = `${response.status} ${response.statusText}`;
  try {
    const told = (await response.json()).error;
    code = told.code ?? code;
    message = told.message ?? code;
  } catch {
    // Not from the daemon (a proxy's page, say): its status is all there is to tell.
  }
  return new ApiError(response.status, code, message, Number(response.headers.get("Retry-After")) || 0);
}

export async function get_json(path, signal) {
  return (await request(path, {signal})).json();
}

/** The answer, or null where there is none (202 and 204 may have no body). */
export async function send_json(method, path, value) {
  const headers = value === undefined ? {} : {"Content-Type": "application/json"};
  const response = await request(path, {method, headers, body: value === undefined ? undefined : JSON.stringify(value)});
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** One sentence for people, whatever went wrong. */
export function sentence(error) {
  if (error instanceof ApiError) {
    return error.retry_after ? `${error.message} (again in ${error.retry_after} s)` : error.message;
  }
  return error instanceof TypeError ? "The daemon cannot be reached; is it running?" : error.message;
}
