// What narrows a list of products. All of it stands in the address, so that it can be shared and gone back to.
// @ts-check
import { html, money, useEffect, useState } from '../app/core.js';
import { Icon } from './ui.js';

/** @typedef {{query: URLSearchParams, change: (changes: Record<string, string>) => void}} Narrowing */

/** An amount as the API takes it; anything else narrows nothing. @param {string | null} text */
export const amountOf = (text) => (/^\d{1,12}([.]\d{1,2})?$/.test((text ?? '').replace(',', '.')) ? (text ?? '').replace(',', '.') : '');

/** @param {Narrowing & {name: string, label: string, hint?: number}} props */
function Amount({ query, change, name, label, hint }) {
  const now = query.get(name) ?? '';
  const [text, set] = useState(now);
  useEffect(() => set(now), [now]);
  return html`<div class="field"><label for=${name}>${label}</label>
    <input id=${name} name=${name} inputmode="decimal" autocomplete="off" value=${text} placeholder=${hint?.toFixed(2)}
      onInput=${(/** @type {any} */ e) => set(e.target.value)} onChange=${() => change({ [name]: amountOf(text.trim()) })} /></div>`;
}

/** @param {Narrowing & {facets: any, fixed: boolean}} props  fixed: the category is the page's own */
export function Facets({ query, change, facets, fixed }) {
  const category = query.get('category') ?? '';
  const choice = (/** @type {string} */ slug, /** @type {string} */ name, /** @type {number | undefined} */ count) => html`
    <label class="check" key=${slug}><input type="radio" name="category" value=${slug} checked=${category === slug}
      onChange=${() => change({ category: slug })} /><span>${name}</span>${count !== undefined && html`<span class="small">${count}</span>`}</label>`;
  return html`<form class="facets" aria-label="Filters" onSubmit=${(/** @type {Event} */ e) => e.preventDefault()}>
    ${!fixed && facets.categories.length > 0 && html`<fieldset><legend>Category</legend>${choice('', 'All', undefined)}
      ${facets.categories.map((/** @type {any} */ c) => choice(c.slug, c.name, c.count))}</fieldset>`}
    <fieldset><legend>Price</legend><div class="pair">
      <${Amount} query=${query} change=${change} name="minPrice" label="From" hint=${facets.price?.min} />
      <${Amount} query=${query} change=${change} name="maxPrice" label="To" hint=${facets.price?.max} /></div></fieldset>
    <fieldset><legend>Availability</legend><label class="check"><input type="checkbox" checked=${query.get('inStock') === 'true'}
      onChange=${(/** @type {any} */ e) => change({ inStock: e.target.checked ? 'true' : '' })} /><span>Only what is in stock</span></label></fieldset>
  </form>`;
}

/** What narrows the list now, each to take off. @param {Narrowing & {names: Record<string, string>, currency: string}} props */
export function Chips({ query, change, names, currency }) {
  /** @type {[string, string][]} */
  const chips = [];
  const amount = (/** @type {string} */ name) => (currency ? money(Number(query.get(name)), currency) : query.get(name));
  const category = query.get('category');
  if (category) chips.push(['category', names[category] ?? category]);
  if (query.get('minPrice')) chips.push(['minPrice', `From ${amount('minPrice')}`]);
  if (query.get('maxPrice')) chips.push(['maxPrice', `Up to ${amount('maxPrice')}`]);
  if (query.get('inStock')) chips.push(['inStock', 'In stock']);
  if (!chips.length) return null;
  return html`<ul class="chips" aria-label="Filters in use">${chips.map(([name, text]) => html`<li key=${name}>
      <button type="button" class="chip" onClick=${() => change({ [name]: '' })}>${text}<${Icon} name="close" />
        <span class="visually-hidden"> take off</span></button></li>`)}
    <li><button type="button" class="chip plain" onClick=${() => change({ category: '', minPrice: '', maxPrice: '', inStock: '' })}>Clear all</button></li></ul>`;
}
