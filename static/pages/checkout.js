// Placing the order, on one page: where to, how it is paid, what it is.
// @ts-check
import { Problem, get, go, html, money, request, sum, useData, useEffect, useRef, useState, useStore, useTitle } from '../app/core.js';
import { blocked, cart, refreshCart, setUser, user } from '../app/shop.js';
import { keyFor } from '../app/order_key.js';
import { AddressFields, Checkbox, addressFields, addressLine, addressOf, useForm } from '../components/form.js';
import { Alert, Button, EmptyState, ErrorState, Loaded, Skeleton } from '../components/ui.js';

/** @param {Problem} problem @param {any[]} lines */
function explain(problem, lines) {
  const name = (/** @type {string} */ id) => lines.find((l) => l.id === id)?.name ?? 'A product';
  if (problem.slug === 'insufficient-stock') {
    const short = (problem.body.shortages ?? []).map((/** @type {any} */ s) =>
      `${name(s.productId)}: ${s.available} left, you asked for ${s.requested}.`);
    return `There is not enough in stock. ${short.join(' ')} Nothing was charged; change your cart and order again.`;
  }
  if (problem.slug === 'payment-declined') return 'The payment was declined. Nothing was charged; choose another way to pay.';
  if (problem.slug === 'price-changed') return 'A price changed meanwhile. The summary shows the new one; order again if it suits you.';
  if (problem.undecided) return 'There was no answer. Place the order again: it is never carried out twice.';
  return '';
}

/** @param {{form: any, saved: any[]}} props */
function Address({ form, saved }) {
  const chosen = form.values.saved;
  return html`<section class="card" aria-labelledby="to"><h2 id="to">Deliver to</h2>
    ${saved.length > 0 && html`<fieldset class="choices"><legend class="visually-hidden">Address</legend>
      ${saved.map((a, i) => html`<label key=${i}><input type="radio" name="saved" checked=${chosen === i} onChange=${() => form.set('saved', i)} />
        <span>${a.label && html`<strong>${a.label}</strong><br />`}${addressLine(a)}</span></label>`)}
      <label><input type="radio" name="saved" checked=${chosen === -1} onChange=${() => form.set('saved', -1)} /><span>Another address</span></label></fieldset>`}
    ${chosen === -1 && html`<${AddressFields} form=${form} />
      <${Checkbox} form=${form} name="keep">Keep this address for the next order</${Checkbox}>`}</section>`;
}

/** @param {{form: any, offer: any}} props */
const Payment = ({ form, offer }) => html`<section class="card" aria-labelledby="pay"><h2 id="pay">Pay with</h2>
  ${offer.simulated && html`<p class="alert note"><strong>Payments are simulated.</strong> No money moves, and no card number is asked for.</p>`}
  <fieldset class="choices"><legend class="visually-hidden">Payment</legend>${offer.items.map((/** @type {any} */ m) => html`<label key=${m.type}>
    <input type="radio" name="method" checked=${form.values.method === m.type} onChange=${() => form.set('method', m.type)} /><span>${m.title}</span></label>`)}</fieldset>
  ${form.values.method === 'card' && offer.trials.length > 0 && html`<div class="field"><label for="card">Simulated card</label>
    <select id="card" onChange=${(/** @type {any} */ e) => form.set('token', e.target.value)}>${offer.trials.map((/** @type {any} */ t) => html`
      <option key=${t.token} value=${t.token} selected=${form.values.token === t.token}>${t.title}</option>`)}</select>
    <p class="hint">This is a demonstration: choose how the payment ends.</p></div>`}</section>`;

/** Kept beside what is there; an order does not wait for it, nor fail by it. @param {any} address */
async function keepAddress(address) {
  const me = await get('/api/users/me');
  setUser((await request('PATCH', '/api/users/me', { addresses: [...me.addresses, { ...address, default: !me.addresses.length }] })).data);
}

/** What was typed, for who comes back from logging in again. @type {{who: string, values: any} | null} */
let draft = null;

/** @param {{offer: any}} props */
function Checkout({ offer }) {
  const { lines } = useStore(cart);
  const who = useStore(user);
  const saved = who.addresses ?? [];
  const [told, tell] = useState('');
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const empty = Object.fromEntries(addressFields.map((k) => [k, '']));
  const first = { ...empty, saved: saved.length ? Math.max(0, saved.findIndex((/** @type {any} */ a) => a.default)) : -1,
    keep: false, method: offer.items[0]?.type ?? 'card', token: 'tok_ok' };
  const form = useForm(draft?.who === who.id ? draft?.values : first, async (v) => {
    tell('');
    draft = { who: who.id, values: v };
    const address = v.saved >= 0 ? saved[v.saved] : v;
    const shippingAddress = addressOf(address);
    const body = {
      items: lines.map((l) => ({ productId: l.id, quantity: l.quantity, price: l.price })), shippingAddress,
      paymentMethod: v.method === 'card' ? { type: 'card', token: v.token } : v.method, fromCart: true,
    };
    const { key, done } = keyFor(body);
    try {
      const order = (await request('POST', '/api/orders', body, { 'Idempotency-Key': key })).data;
      done();
      draft = null;
      if (v.saved < 0 && v.keep) keepAddress(shippingAddress).catch(() => {});
      refreshCart().catch(() => {});
      go(`/orders/${order.id}?placed`, { replace: true });
    } catch (e) {
      if (!(e instanceof Problem)) throw e;
      if (!e.undecided) done();
      if (e.slug === 'price-changed' || e.slug === 'insufficient-stock') await refreshCart().catch(() => {});
      const words = explain(e, lines);
      if (!words) throw e;
      tell(words);
      requestAnimationFrame(() => box.current?.scrollIntoView({ block: 'center' }));
    }
  });
  if (!lines.length && !form.busy) return html`<${EmptyState} title="Your cart is empty" to="/search" label="See the products" />`;
  const stuck = lines.filter(blocked);
  return html`<form class="columns" ref=${form.form} onSubmit=${form.onSubmit}><div><${Address} form=${form} saved=${saved} /><${Payment} form=${form} offer=${offer} /></div>
    <section class="card sticky" aria-labelledby="sum"><h2 id="sum">Your order</h2><ul class="log">${lines.map((l) => html`<li key=${l.id}>
        <span>${l.quantity} × ${l.name}</span><span class="price">${money(l.total ?? sum([l]), l.currency)}</span></li>`)}</ul>
      ${lines.length > 0 && html`<p class="total sum" role="status"><span>Total</span><span>${money(sum(lines), lines[0].currency)}</span></p>`}
      <div ref=${box}>${told && html`<${Alert}><p>${told}</p></${Alert}>`}</div>
      ${stuck.length ? html`<${Alert}><p>${stuck.map((l) => l.name).join(', ')} cannot be had like this. <a href="/cart">Change your cart</a></p></${Alert}>`
    : html`${form.error && html`<${ErrorState} error=${form.error} />`}
        <${Button} type="submit" wide busy=${form.busy}>Place order</${Button}>`}
      <p class="hint">You can cancel until it is shipped.</p></section></form>`;
}

export default function CheckoutPage() {
  useTitle('Check out');
  const who = useStore(user);
  const { lines, ready } = useStore(cart);
  const methods = useData('/api/payments/methods');
  const [read, setRead] = useState(false);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const look = () => refreshCart().then(() => setRead(true), setError);
  useEffect(() => { if (who) look(); }, [who?.id]);
  if (!who) {
    return html`<div class="form card"><h1>Almost there</h1><p>Log in or create an account to place your order. Your cart stays as it is.</p>
      <p><a class="button wide" href="/login?next=/checkout">Log in</a></p>
      <p><a class="button ghost wide" href="/register?next=/checkout">Create an account</a></p></div>`;
  }
  if (error) return html`<h1>Check out</h1><${ErrorState} error=${error} retry=${() => { setError(null); look(); }} />`;
  if (!ready || (!read && !lines.length)) return html`<h1>Check out</h1><${Skeleton} />`;
  return html`<h1>Check out</h1><${Loaded} from=${methods}>${(/** @type {any} */ offer) => html`<${Checkout} offer=${offer} />`}</${Loaded}>`;
}
