// One's own orders, newest first.
// @ts-check
import { Time, go, html, money, useData, useTitle } from '../app/core.js';
import { AccountFrame } from '../components/account.js';
import { Badge, EmptyState, Loaded, Pagination } from '../components/ui.js';

const filters = /** @type {[string, string][]} */ ([['', 'All'], ['pending', 'Being paid'], ['confirmed', 'Confirmed'],
  ['shipped', 'Shipped'], ['delivered', 'Delivered'], ['cancelled', 'Cancelled'], ['failed', 'Failed']]);

/** @param {URLSearchParams} query */
function question(query) {
  const ask = new URLSearchParams({ limit: '20', page: String(Math.max(1, Math.trunc(Number(query.get('page'))) || 1)) });
  const status = query.get('status') ?? '';
  if (status && filters.some(([value]) => value === status)) ask.set('status', status);
  return `/api/orders?${ask}`;
}

/** @param {string} status @param {number} [page] */
function address(status, page = 1) {
  const query = new URLSearchParams({ ...(status ? { status } : {}), ...(page > 1 ? { page: String(page) } : {}) }).toString();
  return `/orders${query ? `?${query}` : ''}`;
}

/** @param {{order: any}} props */
function OrderRow({ order }) {
  const more = order.items.length - 1;
  return html`<li class="card order"><div><a href=${`/orders/${order.id}`}>Order #${order.number}</a>
      <div class="small">${order.items[0]?.name}${more > 0 ? ` and ${more} more` : ''} · <${Time} at=${order.createdAt} day /></div></div>
    <${Badge} state=${order.status} /><span class="price">${money(order.total, order.currency)}</span></li>`;
}

/** @param {{query: URLSearchParams}} props */
export default function Orders({ query }) {
  useTitle('Your orders');
  const status = query.get('status') ?? '';
  const from = useData(question(query));
  return html`<${AccountFrame} title="Your orders">
    <div class="field inline tools"><label for="status">Show</label><select id="status" onChange=${(/** @type {any} */ e) => go(address(e.target.value))}>
      ${filters.map(([value, text]) => html`<option key=${value} value=${value} selected=${value === status}>${text}</option>`)}</select></div>
    <${Loaded} from=${from}>${(/** @type {any} */ data) => (data.items.length
    ? html`<ul>${data.items.map((/** @type {any} */ o) => html`<${OrderRow} key=${o.id} order=${o} />`)}</ul>
      <${Pagination} page=${data.page} totalPages=${data.totalPages} address=${(/** @type {number} */ n) => address(status, n)} />`
    : status ? html`<${EmptyState} title="No such orders" to="/orders" label="Show all" />`
      : html`<${EmptyState} title="No orders yet" to="/search" label="See the products">What you buy shows here, with every step on its way.</${EmptyState}>`)}
    </${Loaded}></${AccountFrame}>`;
}
