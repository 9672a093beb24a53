// The basket and, for who is signed in, placing the order. The idempotency key stays the same until there is a final
// answer, so a double click or a lost answer never buys twice.
// @ts-check
import { el, field, announce } from '../app/dom.js';
import { get, post, Problem } from '../app/api.js';
import { basket, session, setBasket } from '../app/state.js';
import { money, sum } from '../app/format.js';
import { errorBox } from '../app/main.js';

const cards = /** @type {[string, string][]} */ ([
  ['tok_ok', 'Card that pays'], ['tok_declined', 'Card that is declined'], ['tok_timeout', 'Card whose answer is lost']]);

/** A key for exactly this body, kept over a reload. @param {string} body */
async function keyFor(body) {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body)));
  const name = `order-key-${[...bytes.slice(0, 8)].map((b) => b.toString(16).padStart(2, '0')).join('')}`;
  const key = sessionStorage.getItem(name) ?? crypto.randomUUID();
  sessionStorage.setItem(name, key);
  return { key, done: () => sessionStorage.removeItem(name) };
}

function lineItem(/** @type {any} */ line, /** @type {() => void} */ redraw) {
  const id = `q-${line.id}`;
  const set = (/** @type {number} */ quantity) => {
    setBasket(basket().map((l) => (l.id === line.id ? { ...l, quantity } : l)).filter((l) => l.quantity > 0));
    redraw();
  };
  return el('li', null,
    el('div', null, el('a', { href: `#/product/${line.id}` }, line.name),
      el('div.muted', null, `${money(line.price, line.currency)} each`)),
    el('label.visually-hidden', { for: id }, `Quantity of ${line.name}`),
    el('input', { id, type: 'number', min: 1, max: 10000, value: line.quantity,
      onchange: (/** @type {any} */ e) => set(Math.min(10000, Math.max(1, e.target.valueAsNumber || 1))) }),
    el('span.price', null, money(sum([line]), line.currency)),
    el('button.button.ghost', { type: 'button', onclick: () => { set(0); announce(`${line.name} is removed.`); } }, 'Remove',
      el('span.visually-hidden', null, ` ${line.name}`)));
}

function explain(/** @type {unknown} */ error) {
  if (error instanceof Problem && error.slug === 'insufficient-stock') {
    const names = Object.fromEntries(basket().map((l) => [l.id, l.name]));
    const parts = (error.body.shortages ?? []).map((/** @type {any} */ s) =>
      `${names[s.productId] ?? 'a product'}: ${s.available} left, you asked for ${s.requested}`);
    return new Problem({ ...error.body, detail: `There is not enough in stock. ${parts.join('; ')}.` }, error.status);
  }
  if (error instanceof Problem && error.slug === 'payment-declined')
    return new Problem({ ...error.body, detail: 'The payment was declined. Nothing was charged; choose another card.' }, error.status);
  return error;
}

async function refreshPrices() {
  const fresh = await Promise.all(basket().map(async (l) => {
    const p = await get(`/api/products/${l.id}`).catch(() => null);
    return p ? { ...l, name: p.name, price: p.price, currency: p.currency } : null;
  }));
  setBasket(/** @type {any} */ (fresh.filter(Boolean)));
}

function checkout(/** @type {() => void} */ redraw) {
  const a = {
    street: field('Street', { name: 'street', required: true, autocomplete: 'street-address', maxlength: 200 }),
    zipCode: field('Postcode', { name: 'zipCode', required: true, autocomplete: 'postal-code', maxlength: 20 }),
    city: field('City', { name: 'city', required: true, autocomplete: 'address-level2', maxlength: 100 }),
    state: field('State or region (optional)', { name: 'state', autocomplete: 'address-level1', maxlength: 64 }),
    country: field('Country', { name: 'country', required: true, autocomplete: 'country-name', maxlength: 64 }),
  };
  const token = /** @type {HTMLSelectElement} */ (el('select', { name: 'card' },
    cards.map(([value, text]) => el('option', { value }, text))));
  const problem = el('div', null);
  const button = /** @type {HTMLButtonElement} */ (el('button.button.wide', { type: 'submit' }, 'Place order'));
  const submit = async (/** @type {Event} */ e) => {
    e.preventDefault();
    button.disabled = true;
    button.setAttribute('aria-busy', 'true');
    problem.replaceChildren();
    try {
      const body = {
        items: basket().map((l) => ({ productId: l.id, quantity: l.quantity, price: l.price })),
        shippingAddress: Object.fromEntries(Object.entries(a).map(([k, f]) => [k, f.input.value]).filter(([, v]) => v)),
        paymentMethod: { type: 'card', token: token.value },
      };
      const { key, done } = await keyFor(JSON.stringify(body));
      try {
        const order = await post('/api/orders', body, { 'Idempotency-Key': key });
        done();
        setBasket([]);
        location.hash = `#/orders/${order.id}`;
      } catch (error) {
        const undecided = error instanceof Problem && (error.status === 0 || error.status >= 500 || error.slug === 'idempotency-in-progress');
        if (!undecided) done();
        throw error;
      }
    } catch (error) {
      if (error instanceof Problem && error.slug === 'price-changed') {
        await refreshPrices();
        redraw();
        return;
      }
      problem.replaceChildren(errorBox(explain(error), undefined));
    } finally {
      button.disabled = false;
      button.removeAttribute('aria-busy');
    }
  };
  return el('form', { onsubmit: submit }, el('h2', null, 'Deliver to'), Object.values(a).map((f) => f.wrap),
    el('h2', null, 'Pay with'),
    el('label.field', null, el('span', null, 'Simulated card'), token, el('p.hint', null, 'No money moves. Choose how the payment ends.')),
    problem, button);
}

export function render() {
  const root = el('div', null);
  const draw = () => {
    const lines = basket();
    if (!lines.length) {
      root.replaceChildren(el('div.empty', null, el('h1', null, 'Your basket is empty'),
        el('a.button', { href: '#/' }, 'See the products')));
      return;
    }
    const currency = lines[0].currency;
    root.replaceChildren(el('h1', null, 'Basket'), el('div.columns', null,
      el('section.card', { 'aria-label': 'What you buy' }, el('ul.lines', null, lines.map((l) => lineItem(l, draw))),
        el('div.total', null, el('span', null, 'Total'), el('span', null, money(sum(lines), currency)))),
      el('section.card', { 'aria-label': 'Checkout' }, session.user ? checkout(draw)
        : [el('h2', null, 'Almost there'), el('p', null, 'Log in or create an account to place your order. Your basket stays.'),
          el('a.button.wide', { href: '#/login?next=/basket' }, 'Log in'), el('p', null),
          el('a.button.ghost.wide', { href: '#/register' }, 'Create an account')])));
  };
  draw();
  return root;
}
