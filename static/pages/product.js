// One product: pictures, price, stock as it is now, and into the cart.
// @ts-check
import { Problem, announce, go, html, useData, useEffect, useId, useRef, useState, useTitle } from '../app/core.js';
import { categories, mostOfOne } from '../app/shop.js';
import { AddToCart, Badge, Breadcrumb, Hidden, Loaded, Picture, PriceTag, ProductCard, Promises, Skeleton, inWords } from '../components/ui.js';
import { Stepper } from '../components/stepper.js';
import NotFound from './not_found.js';

/** @param {{product: any}} props */
function Gallery({ product }) {
  const [at, set] = useState(0);
  const many = product.images.length;
  const image = product.images[Math.min(at, many - 1)];
  const key = (/** @type {KeyboardEvent} */ e) => {
    if (e.key !== 'ArrowRight' && e.key !== 'ArrowLeft') return;
    e.preventDefault();
    const next = (at + (e.key === 'ArrowRight' ? 1 : many - 1)) % many;
    set(next);
    const buttons = /** @type {HTMLElement} */ (e.currentTarget).querySelectorAll('button');
    buttons[next]?.focus();
  };
  return html`<div class="gallery"><${Picture} product=${product} image=${image} eager sizes="(min-width: 60rem) 38rem, 100vw" alt=${image?.alt || product.name} />
    ${many > 1 && html`<ul class="thumbs" aria-label="Pictures" onKeyDown=${key}>${product.images.map((/** @type {any} */ p, /** @type {number} */ i) => html`
      <li key=${p.id}><button type="button" aria-pressed=${i === at} onClick=${() => set(i)}><${Picture} product=${product} image=${p} sizes="5rem" alt="" />
        <${Hidden}>Picture ${i + 1} of ${many}</${Hidden}></button></li>`)}</ul>`}</div>`;
}

/** @param {{product: any}} props */
function Buy({ product }) {
  const [quantity, set] = useState(1);
  const id = useId();
  if (product.availability === 'out_of_stock')
    return html`<p class="alert note">Sold out at the moment. This page shows by itself when it is there again.</p>`;
  return html`<div class="buy"><label for=${id}>Quantity</label>
    <div class="row"><${Stepper} id=${id} value=${quantity} most=${mostOfOne} of=${product.name} change=${set} />
      <div class="grow"><${AddToCart} product=${product} quantity=${quantity} wide /></div></div></div>`;
}

/** @param {{attributes: Record<string, any>, sku: string}} props */
const Facts = ({ attributes, sku }) => html`<dl class="facts">
  ${Object.entries(attributes).map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${Array.isArray(value) ? value.join(', ') : String(value)}</dd>`)}
  ${sku && html`<dt>Article number</dt><dd>${sku}</dd>`}</dl>`;

/** @param {{product: any}} props */
function Related({ product }) {
  const { data } = useData(`/api/products?category=${encodeURIComponent(product.category)}&limit=5`);
  const others = (data?.items ?? []).filter((/** @type {any} */ p) => p.id !== product.id).slice(0, 4);
  if (!others.length) return null;
  return html`<section aria-labelledby="related"><h2 id="related">More like this</h2>
    <ul class="grid four">${others.map((/** @type {any} */ p) => html`<${ProductCard} key=${p.id} product=${p} level=${3} />`)}</ul></section>`;
}

const lookAgain = 30_000;
const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @param {{values: string[]}} props */
export default function Product({ values: [name] }) {
  const from = useData(isId.test(name) ? `/api/products/${name}` : `/api/products/by-slug/${encodeURIComponent(name)}`);
  const product = from.data;
  useTitle(product?.name ?? 'Product');
  useEffect(() => {
    if (product && isId.test(name)) go(`/p/${product.slug}`, { replace: true });
  }, [product]);
  // Whoever looks at this window, or comes back to it, sees the stock and the price as they are now.
  useEffect(() => {
    const look = () => document.visibilityState === 'visible' && from.reload();
    document.addEventListener('visibilitychange', look);
    const clock = setInterval(look, lookAgain);
    return () => {
      document.removeEventListener('visibilitychange', look);
      clearInterval(clock);
    };
  }, []);
  const before = useRef('');
  useEffect(() => {
    if (before.current && product && product.availability !== before.current) announce(`${product.name}: ${inWords(product.availability)}`);
    before.current = product?.availability ?? '';
  }, [product?.availability]);
  if (from.error instanceof Problem && from.error.status === 404) return html`<${NotFound} />`;
  const category = categories.get().find((c) => c.slug === product?.category);
  return html`<${Loaded} from=${from} title="Product" skeleton=${html`<${Skeleton} kind="two" count=${2} />`}>${() => html`
    <${Breadcrumb} trail=${product.category ? [[`/c/${product.category}`, category?.name ?? product.category]] : []} here=${product.name} />
    <article class="product-page"><${Gallery} key=${product.id} product=${product} />
      <div><h1>${product.name}</h1>
        <p class="row"><${PriceTag} amount=${product.price} currency=${product.currency} /><${Badge} state=${product.availability} /></p>
        <${Buy} key=${product.id} product=${product} />
        <h2>Description</h2><p class="prose">${product.description || 'There is no description.'}</p>
        <${Facts} attributes=${product.attributes ?? {}} sku=${product.sku} /><${Promises} /></div></article>
    <${Related} product=${product} />`}</${Loaded}>`;
}
