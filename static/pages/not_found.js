// Nothing at this address.
// @ts-check
import { el } from '../app/dom.js';

export const render = () => el('div.empty', null, el('h1', null, 'There is nothing here'),
  el('p', null, 'The address may be old, or it was never one of ours.'),
  el('a.button', { href: '#/' }, 'See the products'));
