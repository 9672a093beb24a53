// Lists of products: a category (/c/…) and a search (/search?q=…), narrowed and ordered by the address alone.
// @ts-check
import { Problem, announce, go, html, place, useData, useEffect, useState, useStore, useTitle } from '../app/core.js';
import { categories } from '../app/shop.js';
import { Breadcrumb, EmptyState, Loaded, Pagination, ProductCard, Skeleton } from '../components/ui.js';
import { Chips, Facets, amountOf } from '../components/facets.js';
import NotFound from './not_found.js';

const perPage = 24;
const narrowing = ['category', 'minPrice', 'maxPrice', 'inStock'];
const orders = /** @type {[string, string][]} */ ([
  ['relevance', 'Best match'], ['newest', 'Newest'], ['price', 'Price, low to high'], ['-price', 'Price, high to low'], ['name', 'Name']]);

/** @param {URLSearchParams} query @param {string} category  the page's own */
function question(query, category) {
  const ask = new URLSearchParams();
  const words = (query.get('q') ?? '').trim().slice(0, 100);
  if (words) ask.set('search', words);
  const chosen = category || query.get('category');
  if (chosen) ask.set('category', chosen);
  for (const name of ['minPrice', 'maxPrice']) if (amountOf(query.get(name))) ask.set(name, amountOf(query.get(name)));
  if (query.get('inStock') === 'true') ask.set('inStock', 'true');
  if (orders.some(([value]) => value === query.get('sort'))) ask.set('sort', query.get('sort') ?? '');
  ask.set('limit', String(perPage));
  ask.set('page', String(Math.max(1, Math.trunc(Number(query.get('page'))) || 1)));
  return `/api/products?${ask}`;
}

/** This address with other values; empty ones go. @param {Record<string, string>} changes */
function address(changes) {
  const query = new URLSearchParams(place.get().query);
  if (!('page' in changes)) query.delete('page');
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  return place.get().path + (text ? `?${text}` : '');
}

const change = (/** @type {Record<string, string>} */ changes) => go(address(changes));

/** The categories above, below and this one. @param {any[]} all @param {string} slug */
function family(all, slug) {
  const self = all.find((c) => c.slug === slug);
  /** @type {[string, string][]} */
  const trail = [];
  for (let up = self && all.find((c) => c.id === self.parentId); up; up = all.find((c) => c.id === up.parentId))
    trail.unshift([`/c/${up.slug}`, up.name]);
  return { self, trail, below: all.filter((c) => self && c.parentId === self.id) };
}

/** @param {{data: any, query: URLSearchParams, fixed: boolean}} props */
function Results({ data, query, fixed }) {
  const wide = matchMedia('(min-width: 60rem)').matches;
  const [open, setOpen] = useState(wide);
  const words = query.get('q')?.trim();
  const count = `${data.total}${data.facets.complete ? '' : '+'} ${data.total === 1 ? 'product' : 'products'}`;
  const shelf = useStore(categories);
  useEffect(() => announce(count), [data]);
  const names = Object.fromEntries(data.facets.categories.map((/** @type {any} */ c) => [c.slug, c.name]));
  const narrowed = narrowing.some((n) => query.get(n));
  if (!data.total && !narrowed) {
    return html`<${EmptyState} title="Nothing found" to="/search" label="See all products">Try fewer or other words, or look into a category.</${EmptyState}>
      <ul class="chips center" aria-label="Categories">${shelf.map((c) => html`<li key=${c.slug}><a class="chip" href=${`/c/${c.slug}`}>${c.name}</a></li>`)}</ul>`;
  }
  return html`<div class="listing">
    <details class="side" open=${open} onToggle=${(/** @type {any} */ e) => setOpen(e.currentTarget.open)}><summary>Filters</summary>
      <${Facets} query=${query} change=${change} facets=${data.facets} fixed=${fixed} /></details>
    <div><div class="row between tools"><p class="count-of">${count}</p>
      <div class="field inline"><label for="sort">Sort</label><select id="sort" onChange=${(/** @type {any} */ e) => change({ sort: e.target.value })}>
        ${orders.filter(([value]) => value !== 'relevance' || words).map(([value, text]) => html`<option key=${value} value=${value}
          selected=${(query.get('sort') ?? (words ? 'relevance' : 'newest')) === value}>${text}</option>`)}</select></div></div>
      <${Chips} query=${query} change=${change} names=${names} currency=${data.items[0]?.currency} />
      ${data.didYouMean && data.total > 0 && html`<p class="alert note">Nothing was found for “${words}”. These are for <strong>${data.didYouMean}</strong>.</p>`}
      ${data.items.length ? html`<ul class="grid">${data.items.map((/** @type {any} */ p, /** @type {number} */ i) => html`
          <${ProductCard} key=${p.id} product=${p} eager=${i < 4} />`)}</ul>
          <${Pagination} page=${data.page} totalPages=${data.totalPages} address=${(/** @type {number} */ n) => address({ page: n > 1 ? String(n) : '' })} />`
    : html`<${EmptyState} title="Nothing matches these filters" to=${address({ category: '', minPrice: '', maxPrice: '', inStock: '' })}
          label="Clear the filters">Take one off, or widen the price.</${EmptyState}>`}
    </div></div>`;
}

/** @param {{values: string[], query: URLSearchParams}} props */
export default function Listing({ values, query }) {
  const slug = values[0] ?? '';
  const tree = useData(slug ? '/api/categories' : '');
  const found = useData(question(query, slug));
  const { self, trail, below } = family(tree.data?.items ?? [], slug);
  const words = query.get('q')?.trim();
  const title = slug ? self?.name ?? 'Category' : words ? `Results for “${words}”` : 'All products';
  useTitle(title);
  if (slug && tree.data && !self) return html`<${NotFound} />`;
  if (found.error instanceof Problem && found.error.status === 404) return html`<${NotFound} />`;
  return html`${slug && html`<${Breadcrumb} trail=${trail} here=${title} />`}
    <h1>${title}</h1>
    ${below.length > 0 && html`<ul class="chips" aria-label="Below this category">${below.map((c) => html`<li key=${c.id}>
      <a class="chip" href=${`/c/${c.slug}`}>${c.name} <span class="small">${c.totalProductCount}</span></a></li>`)}</ul>`}
    <${Loaded} from=${found} skeleton=${html`<${Skeleton} kind="grid" count=${8} />`}>${(/** @type {any} */ data) => html`
      <${Results} data=${data} query=${query} fixed=${!!slug} />`}</${Loaded}>`;
}
