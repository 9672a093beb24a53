// What every page is made of: icons, buttons, states of data, prices, stock, the card of a product.
// @ts-check
import { Problem, html, money, toLogin, useEffect, useLayoutEffect, useState } from '../app/core.js';
import { addToCart, drawer, ended, user } from '../app/shop.js';

/** @typedef {import('../app/core.js').View} View */

const paths = /** @type {Record<string, string>} */ ({
  cart: 'M3 4h2.2l2.3 11h10l2-8H6.4M9 20h.01M17 20h.01',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20a7.5 7.5 0 0 1 15 0',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20 20l-4-4',
  theme: 'M12 3a9 9 0 1 0 0 18ZM12 3a9 9 0 0 1 0 18',
  close: 'M6 6l12 12M18 6L6 18',
  next: 'M9 5l7 7-7 7',
  box: 'M4 8l8-4 8 4v8l-8 4-8-4ZM4 8l8 4 8-4M12 12v8',
  truck: 'M3 6h11v10H3ZM14 10h4l3 3v3h-7M7 19a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM17.5 19a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z',
  undo: 'M4 9h10a5 5 0 0 1 0 10H9M4 9l4-4M4 9l4 4',
  card: 'M3 6h18v12H3ZM3 10h18M7 15h3',
});

/** @param {{name: string}} props */
export const Icon = ({ name }) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${paths[name]} /></svg>`;

/** Text that only screen readers are told. @param {{children?: View}} props */
export const Hidden = ({ children }) => html`<span class="visually-hidden">${children}</span>`;

/**
 * A button that works once at a time. @param {any} props  kind: primary (default), ghost, danger, quiet; busy: at work
 */
export function Button({ kind = '', busy = false, children, type = 'button', wide = false, ...rest }) {
  return html`<button type=${type} class=${`button ${kind} ${wide ? 'wide' : ''}`} aria-busy=${busy ? 'true' : undefined}
    aria-disabled=${busy ? 'true' : undefined} ...${rest}
    onClick=${busy ? (/** @type {Event} */ e) => e.preventDefault() : rest.onClick}>${children}</button>`;
}

/** @param {{kind?: string, children?: View, title?: string}} props  kind: bad (default), ok, warn, note */
export const Alert = ({ kind = 'bad', title, children }) => html`
  <div class=${`alert ${kind}`} role=${kind === 'bad' ? 'alert' : 'status'}>
    ${title && html`<p><strong>${title}</strong></p>`}${children}</div>`;

/** @param {{title: string, children?: View, to?: string, label?: string, action?: View, level?: number, icon?: string}} props */
export const EmptyState = ({ title, children, to, label, action, level = 2, icon = 'box' }) => html`
  <div class="empty"><${Icon} name=${icon} />
    ${level === 1 ? html`<h1>${title}</h1>` : html`<h2>${title}</h2>`}
    ${children && html`<p>${children}</p>`}${to ? html`<a class="button" href=${to}>${label}</a>` : action}</div>`;

/** Room for what is being read; it shows only where that takes a while. @param {{kind?: string, count?: number}} props */
export const Skeleton = ({ kind = 'block', count = 1 }) => html`
  <div class=${`skeletons ${kind}`} aria-busy="true"><${Hidden}>Loading</${Hidden}>
    ${Array.from({ length: count }, (_, i) => html`<div class="skeleton" key=${i} aria-hidden="true"></div>`)}</div>`;

/** Counts the seconds down that the server asked to wait. @param {number} seconds */
function useWait(seconds) {
  const [left, set] = useState(seconds);
  useEffect(() => {
    set(seconds);
    const clock = setInterval(() => set((n) => Math.max(0, n - 1)), 1000);
    return () => clearInterval(clock);
  }, [seconds]);
  return left;
}

/** What went wrong in words of the shop. @param {unknown} error */
export function wordsFor(error) {
  if (!(error instanceof Problem)) return 'This page failed. Reload it and try again.';
  if (error.status === 404) return 'There is nothing here, or no longer.';
  return error.message;
}

/** What failed, and another try. A session that has ended leads to the log-in. @param {{error: unknown, retry?: () => void}} props */
export function ErrorState({ error, retry }) {
  const problem = error instanceof Problem ? error : null;
  const wait = useWait(problem?.status === 429 ? problem.retryAfter : 0);
  useEffect(() => {
    if (problem?.slug === 'unauthenticated') {
      if (user.get()) ended();
      toLogin();
    }
    if (!problem) console.error(error);
  }, [error]);
  // At once, not after the next frame: the network may be back by then.
  useLayoutEffect(() => {
    if (problem?.status !== 0 || !retry) return undefined;
    addEventListener('online', retry);
    return () => removeEventListener('online', retry);
  }, [error]);
  if (problem?.status === 403 && retry) return html`<${EmptyState} title="This is not for your account" to="/account" label="Your account">
    It belongs to somebody else, or needs other rights. Were you logged in with another address?</${EmptyState}>`;
  const reference = Number(problem?.status) >= 500 && problem?.body.requestId;
  return html`<${Alert} title=${problem?.status === 0 ? 'You seem to be offline' : undefined}>
    <p>${wordsFor(error)}</p>
    ${reference && html`<p class="small">Reference <code>${reference}</code></p>`}
    ${retry && html`<${Button} kind="ghost" onClick=${retry} disabled=${wait > 0}>
      ${wait > 0 ? `Try again in ${wait} s` : 'Try again'}</${Button}>`}</${Alert}>`;
}

/** Skeleton, error or content of what useData answers; old content stays while it is read again. The title is that of a
 * page whose own heading comes with the content.
 * @param {{from: ReturnType<typeof import('../app/core.js').useData>, title?: string, skeleton?: View, children: (data: any) => View}} props */
export function Loaded({ from, title, skeleton, children }) {
  const { data, error, busy, reload } = from;
  if (data === undefined) {
    return html`${title && html`<h1 class=${error ? '' : 'visually-hidden'}>${title}</h1>`}
      ${error ? html`<${ErrorState} error=${error} retry=${reload} />` : skeleton ?? html`<${Skeleton} />`}`;
  }
  return html`${error && html`<${ErrorState} error=${error} retry=${reload} />`}
    <div class=${busy ? 'refreshing' : ''} aria-busy=${busy ? 'true' : 'false'}>${children(data)}</div>`;
}

const states = /** @type {Record<string, [string, string]>} */ ({
  in_stock: ['In stock', 'ok'], low_stock: ['Only a few left', 'warn'], out_of_stock: ['Sold out', 'bad'],
  pending: ['Checking the payment', 'warn'], confirmed: ['Confirmed', 'ok'], shipped: ['Shipped', 'ok'],
  delivered: ['Delivered', 'ok'], failed: ['Failed', 'bad'], cancelled: ['Cancelled', ''],
  authorized: ['Due on delivery', ''], captured: ['Paid', 'ok'], refunded: ['Refunded', ''],
  partially_refunded: ['Partly refunded', ''],
});

/** @param {string} state */
export const inWords = (state) => states[state]?.[0] ?? state;

/** @param {{state: string}} props */
export const Badge = ({ state }) => html`<span class=${`badge ${states[state]?.[1] ?? ''}`}>${inWords(state)}</span>`;

/** @param {{amount: number, currency: string}} props */
export const PriceTag = ({ amount, currency }) => html`<span class="price">${money(amount, currency)}</span>`;

/** A product's picture, or its initial. @param {{product: any, image?: any, eager?: boolean, sizes?: string, alt?: string}} props */
export function Picture({ product, image = product.images?.[0], eager, sizes = '(min-width: 60rem) 16rem, 40vw', alt }) {
  if (!image) return html`<span class="picture none" aria-hidden="true">${product.name.trim().charAt(0)}</span>`;
  return html`<span class="picture"><img src=${image.url} srcset=${image.srcset || undefined} sizes=${sizes} width=${image.width}
    height=${image.height} alt=${alt ?? image.alt ?? ''} loading=${eager ? 'eager' : 'lazy'} fetchpriority=${eager ? 'high' : undefined} decoding="async" /></span>`;
}

/** Puts a product into the cart and shows it there. @param {{product: any, quantity?: number, wide?: boolean, kind?: string}} props */
export function AddToCart({ product, quantity = 1, wide, kind = '' }) {
  const [state, set] = useState({ busy: false, error: /** @type {unknown} */ (null) });
  const add = async () => {
    set({ busy: true, error: null });
    try {
      await addToCart(product, quantity);
      set({ busy: false, error: null });
      drawer.set(true);
    } catch (error) {
      set({ busy: false, error });
    }
  };
  if (product.availability === 'out_of_stock') return html`<p class="none-left">Sold out</p>`;
  return html`<${Button} wide=${wide} kind=${kind} busy=${state.busy} onClick=${add}>Add to cart
      <${Hidden}> ${product.name}</${Hidden}></${Button}>
    ${state.error && html`<${ErrorState} error=${state.error} />`}`;
}

/** @param {{product: any, eager?: boolean, level?: number}} props */
export function ProductCard({ product, eager, level = 2 }) {
  const link = html`<a href=${`/p/${product.slug}`}>${product.name}</a>`;
  return html`<li class="card product">
    <${Picture} product=${product} eager=${eager} alt="" />
    ${level === 2 ? html`<h2>${link}</h2>` : html`<h3>${link}</h3>`}
    <${PriceTag} amount=${product.price} currency=${product.currency} />
    ${product.availability === 'low_stock' && html`<${Badge} state="low_stock" />`}
    <div class="act"><${AddToCart} product=${product} kind="ghost" wide=${true} /></div></li>`;
}

const promises = [
  ['truck', 'Followed live', 'See each step of your order as it happens.'],
  ['undo', 'Change your mind', 'Cancel until it is shipped; the money comes back by itself.'],
  ['card', 'No surprises', 'The check-out shows the whole price and every way to pay.'],
];

/** What every order comes with. */
export const Promises = () => html`<ul class="promises">${promises.map(([icon, title, text]) => html`<li key=${icon}>
  <${Icon} name=${icon} /><div><strong>${title}</strong><p>${text}</p></div></li>`)}</ul>`;

/** @param {{page: number, totalPages: number, address: (page: number) => string}} props */
export function Pagination({ page, totalPages, address }) {
  if (totalPages < 2) return null;
  return html`<nav class="pages" aria-label="Pages">
    ${page > 1 ? html`<a class="button ghost" href=${address(page - 1)} rel="prev">Previous</a>` : html`<span></span>`}
    <span>Page ${page} of ${totalPages}</span>
    ${page < totalPages ? html`<a class="button ghost" href=${address(page + 1)} rel="next">Next</a>` : html`<span></span>`}</nav>`;
}

/** The way from the shop's front to here. @param {{trail: [string, string][], here: string}} props */
export const Breadcrumb = ({ trail, here }) => html`<nav class="crumbs" aria-label="Breadcrumb"><ol>
  <li><a href="/">Shop</a></li>${trail.map(([to, name]) => html`<li key=${to}><a href=${to}>${name}</a></li>`)}
  <li aria-current="page">${here}</li></ol></nav>`;
