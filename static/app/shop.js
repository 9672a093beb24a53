// Who is signed in, and the cart: a guest's is kept in this browser, and joins the account's at the log-in.
// @ts-check
import { forgetAll, get, kept, post, Problem, request, store, sum } from './core.js';

/** @typedef {{id: string, name: string, price: number, currency: string, quantity: number, total?: number,
 *    available?: number, messages?: {code: string, detail: string}[]}} Line */

/** Who is signed in; undefined until it is known. @type {ReturnType<typeof store<any>>} */
export const user = store(undefined);

/** For the header's shelf; whoever reads them first fills it. @type {ReturnType<typeof store<{slug: string, name: string}[]>>} */
export const categories = store(/** @type {any[]} */ ([]));

/** Whether the cart's drawer is open. */
export const drawer = store(false);

/** Only whether to ask who is signed in; the session itself is a cookie that scripts cannot read. */
const signedIn = 'signed-in';
const basket = 'basket';
export const mostOfOne = 10_000;

/** Why it could not be found out who is signed in: what needs no account works all the same. */
export const trouble = store(/** @type {unknown} */ (null));

/** @type {{lines: Line[], notes: string[], ready: boolean}} */
const atFirst = { lines: keptLines(), notes: [], ready: false };
export const cart = store(atFirst);

/** @returns {Line[]} */
function keptLines() {
  try {
    const lines = JSON.parse(kept.get(basket) ?? '[]');
    return Array.isArray(lines) ? lines.filter((l) => l && typeof l.id === 'string' && l.quantity > 0) : [];
  } catch {
    return [];
  }
}

/** The server's cart as the pages show it. @param {any} answer @returns {Line[]} */
const linesOf = (answer) => answer.items.map((/** @type {any} */ i) => ({
  id: i.productId, name: i.name, price: i.unitPrice, currency: answer.currency, quantity: i.quantity,
  total: i.total, available: i.available, messages: i.messages,
}));

/** @param {{data: any}} answer */
function take(answer) {
  const notes = (answer.data.leftOut ?? []).map((/** @type {any} */ l) => l.detail);
  cart.set({ lines: linesOf(answer.data), notes, ready: true });
}

/** @param {Line[]} lines */
const asked = (lines) => ({ items: lines.map((l) => ({ productId: l.id, quantity: l.quantity, price: l.price })) });

/** @param {any} who  null: nobody */
export function setUser(who) {
  kept.set(signedIn, who ? 'yes' : null);
  user.set(who);
}

/** After signing in: what a guest put in joins what the account holds. */
async function joinCarts() {
  const lines = keptLines();
  take(lines.length ? await request('POST', '/api/cart/merge', asked(lines)) : await request('GET', '/api/cart'));
  kept.set(basket, null);
}

/** Someone is signed in: a cart that cannot be read now is read when it is looked at. @param {any} who */
async function welcome(who) {
  forgetAll();
  setUser(who);
  await joinCarts().catch(() => {});
}

export async function loadSession() {
  trouble.set(null);
  if (!kept.get(signedIn)) {
    user.set(null);
    cart.set({ lines: keptLines(), notes: [], ready: true });
    return;
  }
  try {
    setUser(await get('/api/users/me'));
    await joinCarts();
  } catch (e) {
    if (e instanceof Problem && e.status === 401) setUser(null);
    else {
      trouble.set(e);
      if (user.get() === undefined) user.set(null);
    }
    cart.set({ ...cart.get(), ready: true });
  }
}

/** @param {string} email @param {string} password @param {Record<string, string>} [code] totpCode or recoveryCode */
export async function logIn(email, password, code = {}) {
  await welcome((await post('/api/users/login', { email, password, ...code, cookie: true })).user);
}

/** The session is over, here or by the server. */
export function ended() {
  forgetAll();
  drawer.set(false);
  setUser(null);
  kept.set(basket, null);
  cart.set({ lines: [], notes: [], ready: true });
}

export async function logOut() {
  try {
    await post('/api/users/logout', undefined);
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 401) throw e;
  }
  ended();
}

/** Reads the cart anew: of the account from the server; a guest's prices and stock from the catalogue. @returns {Promise<void>} */
export async function refreshCart() {
  await last;
  const since = changes;
  const show = (/** @type {() => void} */ now) => (since === changes ? now() : refreshCart()); // it was changed meanwhile
  if (user.get()) {
    const answer = await request('GET', '/api/cart');
    return show(() => take(answer));
  }
  const lines = await Promise.all(keptLines().map(async (line) => {
    const product = await get(`/api/products/${line.id}`).catch((e) => (e instanceof Problem && e.status === 404 ? null : line));
    if (!product || product.status === 'archived') return { ...line, messages: [gone] };
    const messages = [];
    if (product.availability === 'out_of_stock') messages.push({ code: 'out-of-stock', detail: 'This is sold out.' });
    if (product.price !== line.price)
      messages.push({ code: 'price-changed', detail: 'The price has changed since you put this in.' });
    return { ...line, name: product.name, price: product.price, currency: product.currency, messages };
  }));
  return show(() => cart.set({ lines, notes: [], ready: true }));
}

const gone = { code: 'no-longer-sold', detail: 'This is no longer sold.' };

/** Of one change after the other, so that the last one is what stays. */
let last = Promise.resolve();
let changes = 0;

/**
 * Shows the changed cart at once, and the old one again where the server refuses.
 * @param {(lines: Line[]) => Line[]} change
 */
export function changeCart(change) {
  const before = cart.get();
  ++changes;
  cart.set({ ...before, lines: change(before.lines) });
  if (!user.get()) {
    kept.set(basket, JSON.stringify(cart.get().lines.map(({ id, name, price, currency, quantity }) =>
      ({ id, name, price, currency, quantity }))));
    return Promise.resolve();
  }
  const send = async () => {
    try {
      take(await putChanged(change));
    } catch (e) {
      cart.set(before);
      throw e;
    }
  };
  const done = last.then(send);
  last = done.catch(() => {});
  return done;
}

/** Where another window changed the cart meanwhile, the change is made to what is there now. */
async function putChanged(/** @type {(lines: Line[]) => Line[]} */ change) {
  const now = await request('GET', '/api/cart');
  const put = (/** @type {{data: any, etag: string}} */ on) =>
    request('PUT', '/api/cart', asked(change(linesOf(on.data))), on.etag ? { 'If-Match': on.etag } : {});
  try {
    return await put(now);
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 412) throw e;
    return put(await request('GET', '/api/cart'));
  }
}

/** @param {any} product @param {number} quantity */
export const addToCart = (product, quantity = 1) => changeCart((lines) => {
  const there = lines.find((l) => l.id === product.id);
  if (there) {
    return lines.map((l) => (l === there ? withQuantity(l, Math.min(mostOfOne, l.quantity + quantity)) : l));
  }
  const { id, name, price, currency } = product;
  return [...lines, { id, name, price, currency, quantity }];
});

/** @param {Line} line @param {number} quantity @returns {Line} */
const withQuantity = (line, quantity) => ({ ...line, quantity, total: sum([{ price: line.price, quantity }]) });

/** @param {string} id @param {number} quantity  0 takes it out */
export const setQuantity = (id, quantity) => changeCart((lines) =>
  lines.filter((l) => l.id !== id || quantity > 0).map((l) => (l.id === id ? withQuantity(l, quantity) : l)));

/** Puts a line that was taken out back to its place. @param {Line} line @param {number} at */
export const putBack = (line, at) => changeCart((lines) =>
  (lines.some((l) => l.id === line.id) ? lines : [...lines.slice(0, at), line, ...lines.slice(at)]));

/** @param {Line[]} lines */
export const pieces = (lines) => lines.reduce((n, l) => n + l.quantity, 0);

/** Codes of a line that cannot be bought as it is. */
export const blocked = (/** @type {Line} */ line) =>
  (line.messages ?? []).some((m) => m.code !== 'price-changed');
