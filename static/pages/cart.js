// The cart as a page.
// @ts-check
import { html, useStore, useTitle } from '../app/core.js';
import { cart } from '../app/shop.js';
import { CartLines, CartTotal } from '../components/cart_lines.js';

export default function Cart() {
  useTitle('Cart');
  const { lines } = useStore(cart);
  return html`<h1>Cart</h1><div class=${lines.length ? 'columns' : ''}>
    <section class=${lines.length ? 'card' : ''} aria-label="What is in it"><${CartLines} /></section>
    ${lines.length > 0 && html`<section class="card sticky" aria-label="Total"><h2>Summary</h2>
      <${CartTotal} next=${html`<a class="button wide" href="/checkout">Check out</a>`} />
      <p class="hint">Prices are those of now. What is in the cart is not set aside until you order.</p></section>`}</div>`;
}
