// Who is signed in, and the basket (kept in this browser).
// @ts-check
import { get, post, Problem } from './api.js';

/** @typedef {{id: string, name: string, price: number, currency: string, quantity: number}} BasketLine */

/** @type {{user: any}} */
export const session = { user: null };
const listeners = new Set();

export const onChange = (/** @type {() => void} */ f) => listeners.add(f);
const changed = () => listeners.forEach((f) => f());

/** Only whether to ask who is signed in; the session itself is a cookie that scripts cannot read. */
const signedIn = 'signed-in';

/** @param {any} user  null: nobody */
function setUser(user) {
  session.user = user;
  if (user) localStorage.setItem(signedIn, 'yes');
  else localStorage.removeItem(signedIn);
  changed();
}

export async function loadSession() {
  if (!localStorage.getItem(signedIn)) return;
  try {
    setUser(await get('/api/users/me'));
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 401) throw e;
    setUser(null);
  }
}

/** @param {string} email @param {string} password @param {Record<string, string>} [code] totpCode or recoveryCode */
export async function logIn(email, password, code = {}) {
  const answer = await post('/api/users/login', { email, password, ...code, cookie: true });
  setUser(answer.user);
}

export async function logOut() {
  await post('/api/users/logout', undefined);
  setUser(null);
}

const key = 'basket';

/** @returns {BasketLine[]} */
export function basket() {
  try {
    const lines = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(lines) ? lines : [];
  } catch {
    return [];
  }
}

export function setBasket(/** @type {BasketLine[]} */ lines) {
  localStorage.setItem(key, JSON.stringify(lines));
  changed();
}

export function addToBasket(/** @type {any} */ product, quantity = 1) {
  const lines = basket();
  const line = lines.find((l) => l.id === product.id);
  if (line) line.quantity = Math.min(10000, line.quantity + quantity);
  else lines.push({ id: product.id, name: product.name, price: product.price, currency: product.currency, quantity });
  setBasket(lines);
}

export const basketCount = () => basket().reduce((n, l) => n + l.quantity, 0);
