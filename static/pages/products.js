// The catalogue: search, category, price, sort and pages, all in the address.
// @ts-check
import { el, announce } from '../app/dom.js';
import { get } from '../app/api.js';
import { addToBasket } from '../app/state.js';
import { badge, money } from '../app/format.js';
import { here } from '../app/main.js';

const known = ['search', 'category', 'minPrice', 'maxPrice', 'sort', 'cursor'];

const go = (/** @type {URLSearchParams} */ query) => { location.hash = `#/?${query}`; };

function card(/** @type {any} */ p) {
  const out = p.availability === 'out_of_stock';
  const add = el('button.button', { type: 'button', disabled: out, onclick: () => {
    addToBasket(p);
    announce(`${p.name} is in your basket.`);
    add.firstChild && (add.firstChild.textContent = 'Added');
    setTimeout(() => { if (add.firstChild) add.firstChild.textContent = 'Add to basket'; }, 1500);
  } }, el('span', null, out ? 'Sold out' : 'Add to basket'), el('span.visually-hidden', null, `: ${p.name}`));
  return el('li', null, el('article.card.product', null,
    el('div.picture', { 'aria-hidden': 'true' }, [...p.name][0]?.toUpperCase() ?? '·'),
    el('h2', null, el('a', { href: `#/product/${p.id}` }, p.name)),
    el('div.row', null, badge(p.availability), el('span.muted', null, p.category)),
    el('div.price', null, money(p.price, p.currency)), add));
}

function tools(/** @type {URLSearchParams} */ query, /** @type {any[]} */ categories) {
  const form = /** @type {HTMLFormElement} */ (el('form.tools', { role: 'search', onsubmit: (/** @type {Event} */ e) => {
    e.preventDefault();
    const next = new URLSearchParams();
    for (const [k, v] of new FormData(form)) if (v) next.set(k, String(v));
    go(next);
  } }));
  const label = (/** @type {string} */ text, /** @type {HTMLElement} */ control) =>
    el('label.field', null, el('span', null, text), control);
  const option = (/** @type {string} */ value, /** @type {string} */ text, /** @type {string} */ chosen) =>
    el('option', { value, selected: value === chosen }, text);
  const category = query.get('category') ?? '', sort = query.get('sort') ?? '';
  form.append(
    label('Search', el('input', { type: 'search', name: 'search', value: query.get('search') ?? '', maxlength: 100 })),
    label('Category', el('select', { name: 'category', onchange: () => form.requestSubmit() }, option('', 'All', category),
      categories.map((c) => option(c.slug, `${c.name ?? c.slug} (${c.count})`, category)))),
    label('Sort', el('select', { name: 'sort', onchange: () => form.requestSubmit() }, option('', query.get('search') ? 'Best match' : 'Newest', sort),
      ...(query.get('search') ? [option('newest', 'Newest', sort)] : []), option('price', 'Price, low to high', sort), option('-price', 'Price, high to low', sort), option('name', 'Name', sort))),
    el('button.button', { type: 'submit' }, 'Search'));
  return form;
}

export async function render() {
  const { query } = here();
  const wanted = new URLSearchParams();
  for (const k of known) if (query.get(k)) wanted.set(k, String(query.get(k)));
  const [page, categories] = await Promise.all([
    get(`/api/products?limit=24&${wanted}`), get('/api/products/categories')]);
  const more = new URLSearchParams(wanted);
  if (page.nextCursor) more.set('cursor', page.nextCursor);
  return [
    el('h1', null, 'Products'),
    tools(query, categories.items ?? []),
    el('p.muted', { role: 'status' }, page.total === 1 ? '1 product'
      : `${page.total}${page.facets.complete ? '' : ' and more'} products`,
      page.didYouMean ? `, for “${page.didYouMean}”` : ''),
    page.items.length
      ? el('ul.grid', null, page.items.map(card))
      : el('div.empty', null, el('h2', null, 'Nothing found'),
        el('p', null, wanted.size ? 'No product fits what you asked for.' : 'The shelves are still empty.'),
        wanted.size ? el('a.button', { href: '#/' }, 'Show all products') : null),
    page.nextCursor ? el('p', null, el('a.button.ghost', { href: `#/?${more}` }, 'More products')) : '',
  ];
}
