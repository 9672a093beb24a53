// The cart's lines, in the drawer and on its page: pieces, prices, what changed, taking out and putting back.
// @ts-check
import { announce, get, html, money, remember, sum, useEffect, useId, useState, useStore } from '../app/core.js';
import { blocked, cart, mostOfOne, pieces, putBack, refreshCart, setQuantity } from '../app/shop.js';
import { Alert, Button, EmptyState, ErrorState, Hidden, Picture, Skeleton } from './ui.js';
import { Stepper } from './stepper.js';

/** @type {Map<string, Promise<any>>} */
const pictures = new Map();

/** The picture of a product that is known by its id alone. @param {{id: string, name: string}} props */
export function Thumb({ id, name }) {
  const [product, set] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const path = `/api/products/${id}`;
    if (!pictures.has(id)) {
      pictures.set(id, get(path).then((p) => {
        remember(path, p);
        return p;
      }, () => null));
    }
    let stale = false;
    pictures.get(id)?.then((p) => stale || set(p));
    return () => { stale = true; };
  }, [id]);
  return html`<${Picture} product=${product ?? { name, images: [] }} sizes="5rem" alt="" />`;
}

/** @param {{line: import('../app/shop.js').Line, change: (promise: Promise<void>) => void, remove: () => void}} props */
function CartLine({ line, change, remove }) {
  const id = useId();
  return html`<li><${Thumb} id=${line.id} name=${line.name} /><div>
    <div class="row between"><a class="name" href=${`/p/${line.id}`}>${line.name}</a>
      <span class="price">${money(line.total ?? sum([line]), line.currency)}</span></div>
    ${line.quantity > 1 && html`<span class="small">${money(line.price, line.currency)} each</span>`}
    ${(line.messages ?? []).map((m) => html`<p key=${m.code} class=${`alert ${m.code === 'price-changed' ? 'note' : ''}`}>${m.detail}</p>`)}
    <div class="row between"><label class="visually-hidden" for=${id}>Quantity of ${line.name}</label>
      <${Stepper} id=${id} value=${line.quantity} most=${mostOfOne} of=${line.name} change=${(/** @type {number} */ n) => change(setQuantity(line.id, n))} />
      <${Button} kind="quiet" onClick=${remove}>Remove<${Hidden}> ${line.name}</${Hidden}></${Button}></div></div></li>`;
}

/** @param {{sayEmpty?: import('./ui.js').View}} props */
export function CartLines({ sayEmpty }) {
  const { lines, notes, ready } = useStore(cart);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [gone, setGone] = useState(/** @type {{line: any, at: number} | null} */ (null));
  const read = () => refreshCart().then(() => setError(null), setError);
  useEffect(() => { read(); }, []);
  const change = (/** @type {Promise<void>} */ done) => done.then(() => setError(null), setError);
  if (!ready) return html`<${Skeleton} />`;
  return html`${error && html`<${ErrorState} error=${error} retry=${read} />`}
    ${notes.map((note) => html`<${Alert} key=${note} kind="note"><p>${note}</p></${Alert}>`)}
    ${gone && html`<${Alert} kind="note"><div class="row between"><p>${gone.line.name} is taken out.</p>
      <${Button} kind="quiet" onClick=${() => {
    change(putBack(gone.line, gone.at));
    setGone(null);
  }}>Undo</${Button}></div></${Alert}>`}
    ${lines.length ? html`<ul class="lines">${lines.map((line, at) => html`<${CartLine} key=${line.id} line=${line} change=${change} remove=${() => {
    setGone({ line, at });
    announce(`${line.name} is taken out.`);
    change(setQuantity(line.id, 0));
  }} />`)}</ul>` : sayEmpty ?? html`<${EmptyState} title="Your cart is empty" icon="cart" to="/search" label="See the products" />`}`;
}

/** The sum, and the way on. @param {{next: import('./ui.js').View}} props */
export function CartTotal({ next }) {
  const { lines } = useStore(cart);
  if (!lines.length) return null;
  const stuck = lines.filter(blocked);
  const count = pieces(lines);
  return html`<p class="total sum" role="status"><span>Total<${Hidden}> of ${count} ${count === 1 ? 'piece' : 'pieces'}</${Hidden}></span>
      <span>${money(sum(lines), lines[0].currency)}</span></p>
    ${stuck.length ? html`<p class="alert">${stuck.map((l) => l.name).join(', ')}: change or remove this before you go on.</p>` : next}`;
}
