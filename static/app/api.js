// Talks to the REST API on the same origin; the session is a cookie that scripts cannot read.
// @ts-check

/** What the server refused (RFC 9457), or that it could not be reached (status 0). */
export class Problem extends Error {
  /** @param {any} body @param {number} status */
  constructor(body, status) {
    super(body.detail || body.title || 'Something went wrong.');
    this.status = status;
    this.body = body;
    this.slug = String(body.type ?? '').replace('/problems/', '');
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {any} [body]
 * @param {Record<string, string>} [headers]
 */
export async function request(method, path, body, headers = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { Accept: 'application/json', ...(body ? { 'Content-Type': 'application/json' } : {}), ...headers },
      body: body ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new Problem({ detail: 'The shop cannot be reached. Check your connection and try again.' }, 0);
  }
  const text = await response.text();
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    data = { detail: 'The answer could not be read.' };
  }
  if (!response.ok) throw new Problem(data ?? {}, response.status);
  return { data, status: response.status };
}

export const get = async (/** @type {string} */ path) => (await request('GET', path)).data;
export const post = async (/** @type {string} */ path, /** @type {any} */ body, headers = {}) =>
  (await request('POST', path, body, headers)).data;
