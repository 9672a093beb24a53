// The cart at the side of any page.
// @ts-check
import { html, useEffect, useRef, useStore } from '../app/core.js';
import { cart, drawer } from '../app/shop.js';
import { CartLines, CartTotal } from './cart_lines.js';
import { Button, Hidden, Icon } from './ui.js';

export function CartDrawer() {
  const open = useStore(drawer);
  const { lines } = useStore(cart);
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return html`<dialog class="drawer" ref=${dialog} aria-labelledby="cart-title" onClose=${() => drawer.set(false)}
    onClick=${(/** @type {any} */ e) => e.target === dialog.current && e.detail < 2 && drawer.set(false)}>
    ${open && html`<header class="row between"><h2 id="cart-title" tabindex="-1">Your cart</h2>
      <${Button} kind="quiet" onClick=${() => drawer.set(false)}><${Icon} name="close" /><${Hidden}>Close the cart</${Hidden}></${Button}></header>
    <div tabindex="-1"><${CartLines} /></div>
    ${lines.length > 0 && html`<footer><${CartTotal} next=${html`<div class="row"><a class="button ghost grow" href="/cart">View cart</a>
      <a class="button grow" href="/checkout">Check out</a></div>`} /></footer>`}`}</dialog>`;
}
