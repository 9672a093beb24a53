// The caller's orders, newest first.
// @ts-check
import { el } from '../app/dom.js';
import { get } from '../app/api.js';
import { badge, money, time } from '../app/format.js';
import { here } from '../app/main.js';

export async function render() {
  const cursor = here().query.get('cursor');
  const page = await get(`/api/orders?limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
  if (!page.items.length)
    return el('div.empty', null, el('h1', null, 'No orders yet'), el('p', null, 'What you buy appears here.'),
      el('a.button', { href: '#/' }, 'See the products'));
  return [el('h1', null, 'Your orders'), el('div.table-wrap', { tabindex: 0, role: 'region', 'aria-label': 'Orders' },
    el('table', null,
      el('thead', null, el('tr', null, ['Order', 'Placed', 'State', 'Total'].map((t) => el('th', { scope: 'col' }, t)))),
      el('tbody', null, page.items.map((/** @type {any} */ o) => el('tr', null,
        el('td', null, el('a', { href: `#/orders/${o.id}` }, `#${o.number}`)), el('td', null, time(o.createdAt)),
        el('td', null, badge(o.status)), el('td', null, money(o.total, o.currency))))))),
  el('p', null),
  page.nextCursor ? el('a.button.ghost', { href: `#/orders?cursor=${encodeURIComponent(page.nextCursor)}` }, 'Older orders') : ''];
}
