// The ground the shop stands on: Preact with types, stores, the history's addresses, the REST API on the same
// origin (its session is a cookie that scripts cannot read), money and dates. It knows nothing of shopping.
// @ts-check
import * as preact from '../vendor/preact.js';
import * as hooks from '../vendor/preact-hooks.js';
import htm from '../vendor/htm.js';

/** @typedef {any} View  what Preact draws */
export const html = /** @type {(parts: TemplateStringsArray, ...values: any[]) => View} */ (htm.bind(preact.h));
export const draw = /** @type {(view: View, into: Element) => void} */ (preact.render);
export const Component = /** @type {any} */ (preact.Component);
export const useState = /** @type {<T>(first: T | (() => T)) => [T, (next: T | ((now: T) => T)) => void]} */ (
  /** @type {any} */ (hooks.useState));
export const useEffect = /** @type {(run: () => void | (() => void), inputs?: any[]) => void} */ (hooks.useEffect);
export const useLayoutEffect = /** @type {typeof useEffect} */ (hooks.useLayoutEffect);
export const useRef = /** @type {<T>(first: T) => {current: T}} */ (/** @type {any} */ (hooks.useRef));
export const useId = /** @type {() => string} */ (hooks.useId);

/** A value that components follow. @template T @param {T} value */
export function store(value) {
  /** @type {Set<() => void>} */
  const followers = new Set();
  return {
    get: () => value,
    set: (/** @type {T} */ next) => {
      value = next;
      followers.forEach((f) => f());
    },
    follow: (/** @type {() => void} */ f) => {
      followers.add(f);
      return () => followers.delete(f);
    },
  };
}

/** @template T @param {{get: () => T, follow: (f: () => void) => () => void}} from @returns {T} */
export function useStore(from) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const stop = from.follow(() => redraw((n) => n + 1));
    redraw((n) => n + 1); // it may have changed between the drawing and here
    return () => void stop();
  }, [from]);
  return from.get();
}

/** What the browser keeps for us; nothing where it forbids that. */
export const kept = {
  get: (/** @type {string} */ name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  set: (/** @type {string} */ name, /** @type {string | null} */ value) => {
    try {
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, value);
    } catch {
      // Then it lasts as long as the page.
    }
  },
};

export const where = () => ({ path: location.pathname, query: new URLSearchParams(location.search), again: false, top: false });

/** Where we are; `again`: came back to by the browser's buttons; `top`: to be shown from its top. */
export const place = store(where());

/** Follows an address of ours. @param {string} to @param {{replace?: boolean, top?: boolean}} [how] */
export function go(to, how = {}) {
  history.replaceState({ ...history.state, y: scrollY }, '');
  history[how.replace ? 'replaceState' : 'pushState']({}, '', to);
  place.set({ ...where(), top: !!how.top });
}

addEventListener('popstate', () => place.set({ ...where(), again: true }));

/** Only an address of this shop is followed after signing in. @param {string | null} to */
export const safeNext = (to) => (to && /^\/(?![/\\])[\w/?=&%.~-]*$/.test(to) ? to : '/');

/** Several parts of a page may find at once that the session is over. */
export function toLogin() {
  if (location.pathname === '/login') return;
  go(`/login?next=${encodeURIComponent(location.pathname + location.search)}`, { replace: true });
}

/** What the server refused (RFC 9457), or that it could not be reached (status 0). */
export class Problem extends Error {
  /** @param {any} body @param {number} status @param {number} [retryAfter] seconds */
  constructor(body, status, retryAfter = 0) {
    super(body.detail || body.title || 'Something went wrong.');
    this.status = status;
    this.body = body;
    this.retryAfter = retryAfter;
    this.slug = String(body.type ?? '').replace('/problems/', '');
  }

  /** Whether what was asked for may have been carried out all the same. */
  get undecided() {
    return this.status === 0 || this.status >= 500 || this.slug === 'idempotency-in-progress';
  }
}

const unreachable = { detail: 'The shop cannot be reached. Check your connection and try again.' };

/**
 * @param {string} method
 * @param {string} path
 * @param {any} [body]
 * @param {Record<string, string>} [headers]
 * @param {AbortSignal} [signal]
 */
export async function request(method, path, body, headers = {}, signal) {
  let response;
  let text;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: { Accept: 'application/json', ...(body ? { 'Content-Type': 'application/json' } : {}), ...headers },
      body: body ? JSON.stringify(body) : undefined,
    });
    text = await response.text();
  } catch (e) {
    if (signal?.aborted) throw e;
    throw new Problem(unreachable, 0);
  }
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    data = { detail: 'The answer could not be read.' };
  }
  if (!response.ok) throw new Problem(data ?? {}, response.status, Number(response.headers.get('Retry-After')) || 0);
  return { data, status: response.status, etag: response.headers.get('ETag') ?? '' };
}

const pause = (/** @type {number} */ ms) => new Promise((done) => setTimeout(done, ms));

/** Reads; a shop that is busy for a moment is asked again. @param {string} path @param {AbortSignal} [signal] */
export async function get(path, signal) {
  if (given.delete(path) && seen.has(path)) return seen.get(path);
  for (let turn = 0; ; ++turn) {
    try {
      return (await request('GET', path, undefined, {}, signal)).data;
    } catch (e) {
      if (!(e instanceof Problem) || e.status !== 503 || turn === 2) throw e;
      await pause(400 * 2 ** turn * (0.5 + Math.random()));
    }
  }
}

export const post = async (/** @type {string} */ path, /** @type {any} */ body, headers = {}) =>
  (await request('POST', path, body, headers)).data;

/** Random as a key must be; crypto.randomUUID is missing where a shop is opened without TLS. */
export const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');

/** The last answers, so that going back shows at once what was there. @type {Map<string, any>} */
const seen = new Map();

export function remember(/** @type {string} */ path, /** @type {any} */ data) {
  seen.delete(path);
  seen.set(path, data);
  if (seen.size > 40) seen.delete(seen.keys().next().value ?? '');
}

/** What the page came with: the answers that its first view asks for. Each is taken once. @type {Set<string>} */
const given = new Set();
const first = document.getElementById('first');
for (const [path, data] of Object.entries(JSON.parse(first?.textContent || '{}'))) {
  remember(path, data);
  given.add(path);
}

export function forgetAll() {
  seen.clear();
  given.clear();
}

/**
 * What an address of the API answers: `data` stays while it is asked again, and that of the address before until there
 * is an answer (`busy`). An empty path asks nothing.
 * @param {string} path
 * @returns {{data: any, error: unknown, busy: boolean, reload: () => void, put: (data: any) => void}}
 */
export function useData(path) {
  const [state, set] = useState(/** @type {any} */ ({}));
  const [turn, again] = useState(0);
  useEffect(() => {
    if (!path) return undefined;
    const stop = new AbortController();
    set((/** @type {any} */ s) => (s.path === path ? { path, data: s.data } : { path, data: seen.get(path) ?? s.data, busy: true }));
    get(path, stop.signal).then((data) => {
      remember(path, data);
      set({ path, data });
    }, (error) => {
      if (!stop.signal.aborted) set((/** @type {any} */ s) => ({ path, data: s.data, error }));
    });
    return () => stop.abort();
  }, [path, turn]);
  const fresh = state.path === path;
  return {
    data: fresh ? state.data : seen.get(path) ?? (path ? state.data : undefined),
    error: fresh ? state.error : undefined,
    busy: !fresh || state.busy,
    reload: () => again((n) => n + 1),
    put: (data) => {
      remember(path, data);
      set({ path, data });
    },
  };
}

/** What the shop is called, as the page says. */
export const shopName = document.querySelector('meta[name=application-name]')?.getAttribute('content') ?? '';

/** @param {string} title */
export function useTitle(title) {
  useEffect(() => {
    document.title = title ? `${title} – ${shopName}` : shopName;
  }, [title]);
}

/** @param {string} text told to screen readers */
export function announce(text) {
  const status = document.getElementById('status');
  if (status) status.textContent = text;
}

/** @param {number} amount @param {string} currency */
export const money = (amount, currency) => new Intl.NumberFormat(undefined, { style: 'currency', currency }).format(amount);

/** Sums in minor units, so that no cent is lost on the way. @param {{price: number, quantity: number}[]} lines */
export const sum = (lines) => lines.reduce((n, l) => n + Math.round(l.price * 100) * l.quantity, 0) / 100;

/** @param {{at: string, day?: boolean}} props */
export function Time({ at, day }) {
  const date = new Date(at);
  const text = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', ...(day ? {} : { timeStyle: 'short' }) });
  return html`<time datetime=${at} title=${date.toLocaleString()}>${text.format(date)}</time>`;
}
