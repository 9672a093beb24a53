// The idempotency key of an order: the same for the same body until there is a final answer, over a reload too, so
// that a double click or a lost answer never buys twice.
// @ts-check
import { newKey } from './core.js';

/** Tells bodies of one visitor apart; it protects nothing. @param {string} text */
function digest(text) {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; ++i) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b) + i;
  }
  return (a >>> 0).toString(16) + (b >>> 0).toString(16);
}

/** @param {any} body */
export function keyFor(body) {
  const name = `order-key-${digest(JSON.stringify(body))}`;
  try {
    const key = sessionStorage.getItem(name) ?? newKey();
    sessionStorage.setItem(name, key);
    return { key, done: () => sessionStorage.removeItem(name) };
  } catch {
    return { key: newKey(), done: () => {} };
  }
}
