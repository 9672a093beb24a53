// One product.
// @ts-check
import { el, announce } from '../app/dom.js';
import { get } from '../app/api.js';
import { addToBasket } from '../app/state.js';
import { badge, money } from '../app/format.js';

export async function render(/** @type {string} */ id) {
  const p = await get(`/api/products/${id}`);
  const out = p.availability === 'out_of_stock';
  const quantity = /** @type {HTMLInputElement} */ (el('input', { id: 'quantity', type: 'number', min: 1, max: 10000, value: 1 }));
  return el('div.columns.even', null,
    el('div.picture', { 'aria-hidden': 'true' }, [...p.name][0]?.toUpperCase() ?? '·'),
    el('div', null,
      el('h1', null, p.name),
      el('div.row', null, el('span.price', null, money(p.price, p.currency)), badge(p.availability)),
      el('p', null),
      el('p', null, p.description || 'No description.'),
      el('form.row', { onsubmit: (/** @type {Event} */ e) => {
        e.preventDefault();
        addToBasket(p, Math.max(1, quantity.valueAsNumber || 1));
        announce(`${p.name} is in your basket.`);
        location.hash = '#/basket';
      } }, el('label', { for: 'quantity' }, 'Quantity'), quantity,
      el('button.button', { type: 'submit', disabled: out }, out ? 'Sold out' : 'Add to basket')),
      el('p', null),
      el('p.muted', null, 'Category: ', el('a', { href: `#/?category=${encodeURIComponent(p.category)}` }, p.category))));
}
