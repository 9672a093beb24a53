// One order and its state; while it is pending the page asks again by itself.
// @ts-check
import { el, announce } from '../app/dom.js';
import { get, post, Problem } from '../app/api.js';
import { session } from '../app/state.js';
import { badge, money, time } from '../app/format.js';
import { errorBox, here } from '../app/main.js';

const path = ['pending', 'confirmed', 'shipped', 'delivered'];
const reasons = /** @type {Record<string, string>} */ ({
  'insufficient-stock': 'There was not enough in stock.', 'payment-declined': 'The payment was declined; nothing was charged.',
  'order-failed': 'It was not completed in time; nothing was charged.', 'cancelled-by-customer': 'You cancelled it.',
  'cancelled-by-admin': 'The shop cancelled it.',
});

function steps(/** @type {string} */ status) {
  const at = path.indexOf(status);
  if (at < 0) return null;
  return el('ol.steps', { 'aria-label': 'Progress' }, ['Placed', 'Paid', 'Shipped', 'Delivered'].map((name, i) =>
    el(i <= at ? 'li.done' : 'li', { 'aria-current': i === at ? 'step' : false }, name)));
}

export async function render(/** @type {string} */ id) {
  const root = el('div', null);
  const draw = (/** @type {any} */ order) => {
    const own = order.customerId === session.user?.id || session.user?.role === 'admin';
    const problem = el('div', null);
    const cancel = /** @type {HTMLButtonElement} */ (el('button.button.danger', { type: 'button', onclick: async () => {
      cancel.disabled = true;
      try {
        draw(await post(`/api/orders/${id}/cancel`, undefined, { 'Idempotency-Key': `cancel-${id}` }));
        announce('The order is cancelled.');
      } catch (error) {
        problem.replaceChildren(errorBox(error, undefined));
        cancel.disabled = false;
      }
    } }, 'Cancel order'));
    const s = order.shippingAddress;
    root.replaceChildren(
      el('div.row.between', null, el('h1', null, `Order #${order.number}`), badge(order.status)),
      order.status === 'confirmed' ? el('div.alert.ok', null, el('p', null, 'Thank you. The order is confirmed; the shop prepares it.')) : '',
      order.status === 'pending' ? el('div.alert.ok', { role: 'status' }, el('p', null, 'We are checking your payment. This page updates by itself.')) : '',
      order.reason ? el(order.status === 'failed' ? 'div.alert' : 'div.alert.note', null, el('p', null, reasons[order.reason] ?? order.reason)) : '',
      steps(order.status) ?? '', problem,
      el('div.columns', null,
        el('section.card', { 'aria-label': 'Lines' }, el('ul.lines', null, order.items.map((/** @type {any} */ l) => el('li', null,
          el('a', { href: `#/product/${l.productId}` }, l.name),
          el('span.muted', null, `${l.quantity} × ${money(l.unitPrice, order.currency)}`),
          el('span.price', null, money(l.total, order.currency))))),
        el('div.total', null, el('span', null, 'Total'), el('span', null, money(order.total, order.currency)))),
        el('section.card', { 'aria-label': 'Details' }, el('h2', null, 'Details'), el('dl.facts', null,
          el('dt', null, 'Placed'), el('dd', null, time(order.createdAt)),
          order.payment ? [el('dt', null, 'Payment'), el('dd', null, badge(order.payment.status))] : null,
          el('dt', null, 'Deliver to'), el('dd', null, [s.street, s.zipCode, s.city, s.state, s.country].filter(Boolean).join(', '))),
        el('p', null), own && order.status === 'confirmed' ? cancel : '')));
  };
  const follow = async () => {
    while (root.isConnected && here().path === `/orders/${id}`) {
      const order = await get(`/api/orders/${id}`).catch((/** @type {unknown} */ e) => {
        if (e instanceof Problem) return null;
        throw e;
      });
      if (order && order.status !== 'pending') {
        draw(order);
        announce('The order is settled.');
        return;
      }
      await new Promise((r) => setTimeout(r, 2000));
    }
  };
  const order = await get(`/api/orders/${id}`);
  draw(order);
  if (order.status === 'pending') setTimeout(follow, 1000);
  return root;
}
