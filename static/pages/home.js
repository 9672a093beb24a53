// The shop's front: what it sells, by category, and what is new.
// @ts-check
import { html, shopName, useData, useEffect, useTitle } from '../app/core.js';
import { categories } from '../app/shop.js';
import { EmptyState, Loaded, Picture, ProductCard, Promises, Skeleton } from '../components/ui.js';

/** One question answers all: the newest products, and the facets of everything. */
const newest = '/api/products?sort=newest&limit=24';

function Hero(/** @type {{items: any[]}} */ { items }) {
  const pictured = items.filter((p) => p.images.length).slice(0, 3);
  return html`<section class="hero"><div>
      <h1>Good things, well made</h1>
      <p>See what is new and what is in stock, order in a minute, and follow your parcel to your door.</p>
      <a class="button" href="/search">See all products</a></div>
    ${pictured.length === 3 && html`<div class="collage">${pictured.map((p) => html`
      <a key=${p.id} href=${`/p/${p.slug}`} aria-label=${p.name}><${Picture} product=${p} eager alt="" sizes="(min-width: 60rem) 20rem, 45vw" /></a>`)}</div>`}
  </section>`;
}

function Shelves(/** @type {{list: any[], items: any[]}} */ { list, items }) {
  if (!list.length) return null;
  return html`<section aria-labelledby="shelves"><h2 id="shelves">Categories</h2><ul class="tiles">${list.map((c) => {
    const example = items.find((p) => p.category === c.slug && p.images.length);
    return html`<li key=${c.slug} class="tile">${example && html`<${Picture} product=${example} alt="" sizes="5rem" />`}
      <div><a href=${`/c/${c.slug}`}>${c.name}</a><span class="small">${c.count} ${c.count === 1 ? 'product' : 'products'}</span></div></li>`;
  })}</ul></section>`;
}

export default function Home() {
  useTitle('');
  const front = useData(newest);
  useEffect(() => {
    if (front.data) categories.set(front.data.facets.categories);
  }, [front.data]);
  return html`<${Loaded} from=${front} title=${shopName} skeleton=${html`<${Skeleton} /><${Skeleton} kind="grid" count=${8} />`}>${(/** @type {any} */ data) => (data.items.length ? html`
    <${Hero} items=${data.items} />
    <${Shelves} list=${data.facets.categories} items=${data.items} />
    <section aria-labelledby="new"><div class="row between head"><h2 id="new">New arrivals</h2><a href="/search?sort=newest">All that is new</a></div>
      <ul class="grid">${data.items.slice(0, 12).map((/** @type {any} */ p, /** @type {number} */ i) =>
    html`<${ProductCard} key=${p.id} product=${p} level=${3} eager=${i < 4} />`)}</ul></section>
    <section aria-label="How we work"><${Promises} /></section>`
    : html`<${EmptyState} title="The shelves are still empty" level=${1}>Nothing is for sale yet. Come back soon.</${EmptyState}>`)}</${Loaded}>`;
}
