// One order: that it is placed, how far it is, what it holds; live. It can be cancelled until it is shipped.
// @ts-check
import { Problem, Time, announce, html, money, post, useData, useEffect, useState, useTitle } from '../app/core.js';
import { useSignedIn } from '../components/account.js';
import { Thumb } from '../components/cart_lines.js';
import { Dialog } from '../components/dialog.js';
import { addressLine } from '../components/form.js';
import { OrderTracker, useOrderEvents } from '../components/order_tracker.js';
import { Alert, Badge, Breadcrumb, Button, ErrorState, Hidden, Loaded } from '../components/ui.js';
import NotFound from './not_found.js';

const reasons = /** @type {Record<string, string>} */ ({
  'insufficient-stock': 'There was not enough in stock; nothing was charged.', 'payment-declined': 'The payment was declined; nothing was charged.',
  'order-failed': 'It was not completed in time; nothing was charged.', 'cancelled-by-customer': 'You cancelled it.',
  'cancelled-by-admin': 'The shop cancelled it.',
});

const happened = /** @type {Record<string, string>} */ ({
  'order.created': 'Confirmed and paid', 'order.failed': 'Failed', 'order.cancelled': 'Cancelled', 'order.shipped': 'Shipped',
  'order.delivered': 'Delivered', 'order.refunded': 'Money given back',
});

/** @param {{order: any, done: (order: any) => void}} props */
function Cancel({ order, done }) {
  const [state, set] = useState({ open: false, busy: false, error: /** @type {unknown} */ (null) });
  const close = () => set({ open: false, busy: false, error: null });
  const cancel = async () => {
    set({ open: true, busy: true, error: null });
    try {
      done(await post(`/api/orders/${order.id}/cancel`, undefined, { 'Idempotency-Key': `cancel-${order.id}` }));
      announce('The order is cancelled.');
    } catch (error) {
      set({ open: true, busy: false, error });
    }
  };
  return html`<${Button} kind="danger" onClick=${() => set({ ...state, open: true })}>Cancel order</${Button}>
    ${state.open && html`<${Dialog} title="Cancel this order?" close=${close}><p>What was paid comes back to you. This cannot be undone.</p>
      ${state.error && html`<${ErrorState} error=${state.error} />`}
      <div class="row"><${Button} kind="danger" busy=${state.busy} onClick=${cancel}>Cancel order #${order.number}</${Button}>
      <${Button} kind="ghost" onClick=${close}>Keep it</${Button}></div></${Dialog}>`}`;
}

/** @param {{order: any}} props */
const Lines = ({ order }) => html`<section class="card" aria-labelledby="lines"><h2 id="lines">What you bought</h2>
  <ul class="lines">${order.items.map((/** @type {any} */ l) => html`<li key=${l.productId}><${Thumb} id=${l.productId} name=${l.name} />
    <div><div class="row between"><a class="name" href=${`/p/${l.productId}`}>${l.name}</a><span class="price">${money(l.total, order.currency)}</span></div>
      <span class="small">${l.quantity} × ${money(l.unitPrice, order.currency)}</span></div></li>`)}</ul>
  ${order.adjustments.map((/** @type {any} */ a) => html`<p key=${a.type} class="total"><span>${a.label}</span><span>${money(a.amount, order.currency)}</span></p>`)}
  <p class="total sum"><span>Total</span><span>${money(order.total, order.currency)}</span></p></section>`;

/** @param {{order: any, own: boolean, put: (order: any) => void}} props */
function Details({ order, own, put }) {
  const parcels = order.fulfilments.filter((/** @type {any} */ f) => f.trackingNumber || order.fulfilments.length > 1);
  return html`<section class="card" aria-labelledby="details"><h2 id="details">Details</h2><dl class="facts">
      <dt>Placed</dt><dd><${Time} at=${order.createdAt} /></dd>
      ${order.payment && html`<dt>Payment</dt><dd><${Badge} state=${order.payment.status} /></dd>`}
      <dt>Deliver to</dt><dd>${addressLine(order.shippingAddress)}</dd></dl>
    ${parcels.length > 0 && html`<h3>Parcels</h3><ul class="log">${parcels.map((/** @type {any} */ f, /** @type {number} */ i) => html`<li key=${f.vendorId}>
      <span>Parcel ${i + 1}${f.trackingNumber && html`<br /><span class="small">Tracking number <code>${f.trackingNumber}</code></span>`}</span>
      ${f.status === 'pending' ? html`<span class="badge">Being packed</span>` : html`<${Badge} state=${f.status} />`}</li>`)}</ul>`}
    ${order.refunds?.length > 0 && html`<h3>Money back</h3><ul class="log">${order.refunds.map((/** @type {any} */ r) => html`<li key=${r.id}>
      <span>${money(r.amount, order.currency)}<${Hidden}>, </${Hidden}> <span class="small"><${Time} at=${r.createdAt} day /></span></span>
      <span class="badge">${r.status === 'done' ? 'Given back' : r.status === 'failed' ? 'Not possible' : 'On its way'}</span></li>`)}</ul>`}
    ${own && order.status === 'confirmed' && html`<${Cancel} order=${order} done=${put} />`}</section>`;
}

/** @param {{order: any}} props */
function History({ order }) {
  const { data, reload } = useData(`/api/orders/${order.id}/timeline`);
  useEffect(() => { // what happened is written down a moment after it did
    if (!data) return undefined;
    reload();
    const later = setTimeout(reload, 2_000);
    return () => clearTimeout(later);
  }, [order.updatedAt]);
  const parcel = (/** @type {any} */ e) => (order.fulfilments.length < 2 || !e.data?.vendorId ? ''
    : `Parcel ${order.fulfilments.findIndex((/** @type {any} */ f) => f.vendorId === e.data.vendorId) + 1}: `);
  const known = (data?.items ?? []).filter((/** @type {any} */ e) => happened[e.type]);
  if (!known.length) return null;
  return html`<section class="card" aria-labelledby="history"><h2 id="history">History</h2><ul class="log">${known.map((/** @type {any} */ e, /** @type {number} */ i) => html`
    <li key=${i}><span>${parcel(e)}${happened[e.type]}</span><span class="small"><${Time} at=${e.at} /></span></li>`)}</ul></section>`;
}

/** @param {{order: any, placed: boolean}} props */
function Told({ order, placed }) {
  if (order.status === 'pending') return html`<${Alert} kind="warn"><p>We are checking your payment. This page updates by itself.</p></${Alert}>`;
  if (order.reason) return html`<${Alert} kind=${order.status === 'failed' ? 'bad' : 'note'}><p>${reasons[order.reason] ?? order.reason}</p></${Alert}>`;
  if (placed && order.status === 'confirmed')
    return html`<${Alert} kind="ok" title="Thank you. Your order is confirmed."><p>The shop prepares it now, and this page shows each step. <a href="/search">Keep shopping</a></p></${Alert}>`;
  return null;
}

/** @param {{values: string[], query: URLSearchParams}} props */
export default function OrderPage({ values: [id], query }) {
  const { who, instead } = useSignedIn();
  const from = useData(who ? `/api/orders/${id}` : '');
  const order = from.data;
  useTitle(order ? `Order #${order.number}` : 'Order');
  const ended = !order || ['delivered', 'failed', 'cancelled'].includes(order.status);
  const lost = useOrderEvents(id, from.reload, ended);
  const [status, setStatus] = useState('');
  useEffect(() => {
    if (status && order && order.status !== status) announce(`The order is now ${order.status}.`);
    setStatus(order?.status ?? '');
  }, [order?.status]);
  if (instead) return instead;
  if (from.error instanceof Problem && from.error.status === 404) return html`<${NotFound} />`;
  const own = order && (order.customerId === who?.id || who?.role === 'admin');
  return html`<${Loaded} from=${from} title="Order">${() => html`
    <${Breadcrumb} trail=${[['/orders', 'Your orders']]} here=${`#${order.number}`} />
    <div class="row titled"><h1>Order #${order.number}</h1><${Badge} state=${order.status} /></div>
    <${Told} order=${order} placed=${query.has('placed')} />
    ${lost && html`<${Alert} kind="note"><p>Updates are paused; trying again. As of <${Time} at=${order.updatedAt} />.</p></${Alert}>`}
    <${OrderTracker} status=${order.status} />
    <div class="columns"><${Lines} order=${order} />
      <div><${Details} order=${order} own=${own} put=${from.put} /><${History} order=${order} /></div></div>`}</${Loaded}>`;
}
