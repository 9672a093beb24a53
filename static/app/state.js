// Who is signed in, and the basket (kept in this browser).
// @ts-check
import { get, post, Problem } from './api.js';

/** @typedef {{id: string, name: string, price: number, currency: string, quantity: number}} BasketLine */

/** @type {{user: any}} */
export const session = { user: null };
const listeners = new Set();

export const onChange = (/** @type {() => void} */ f) => listeners.add(f);
const changed = () => listeners.forEach((f) => f());

export async function loadSession() {
  try {
    session.user = await get('/api/users/me');
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 401) throw e;
    session.user = null;
  }
  changed();
}

export async function logIn(/** @type {string} */ email, /** @type {string} */ password) {
  const answer = await post('/api/users/login', { email, password, cookie: true });
  session.user = answer.user;
  changed();
}

export async function logOut() {
  await post('/api/users/logout', undefined);
  session.user = null;
  changed();
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
