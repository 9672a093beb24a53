// Money, dates and the words for states.
// @ts-check
import { el } from './dom.js';

export const money = (/** @type {number} */ amount, /** @type {string} */ currency) =>
  new Intl.NumberFormat(undefined, { style: 'currency', currency }).format(amount);

/** Sums in minor units, so that no cent is lost on the way. @param {{price: number, quantity: number}[]} lines */
export const sum = (lines) => lines.reduce((n, l) => n + Math.round(l.price * 100) * l.quantity, 0) / 100;

export function time(/** @type {string} */ at) {
  const date = new Date(at);
  return el('time', { datetime: at, title: at },
    new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(date));
}

const words = /** @type {Record<string, [string, string]>} */ ({
  in_stock: ['In stock', 'ok'], low_stock: ['Only a few left', 'warn'], out_of_stock: ['Sold out', 'bad'],
  pending: ['Checking the payment', 'warn'], confirmed: ['Confirmed', 'ok'], shipped: ['Shipped', 'ok'],
  delivered: ['Delivered', 'ok'], failed: ['Failed', 'bad'], cancelled: ['Cancelled', ''],
  authorized: ['Due on delivery', ''], captured: ['Paid', 'ok'], refunded: ['Refunded', ''],
  partially_refunded: ['Partly refunded', ''],
});

export function badge(/** @type {string} */ state) {
  const [text, tone] = words[state] ?? [state, ''];
  return el(`span.badge${tone ? `.${tone}` : ''}`, null, text);
}
