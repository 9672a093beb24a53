// The frame of the account's pages: for who is signed in, with the way between them.
// @ts-check
import { announce, go, html, place, toLogin, useEffect, useState, useStore, useTitle } from '../app/core.js';
import { logOut, user } from '../app/shop.js';
import { ErrorState, Skeleton } from './ui.js';

const pages = /** @type {[string, string][]} */ ([['/orders', 'Orders'], ['/account', 'Profile'], ['/account/addresses', 'Addresses'],
  ['/account/security', 'Security'], ['/account/privacy', 'Privacy']]);

function SideNav() {
  const { path } = useStore(place);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const leave = async () => {
    try {
      await logOut();
      go('/');
      announce('You are logged out.');
    } catch (e) {
      setError(e);
    }
  };
  const at = path === '/account/profile' ? '/account' : path;
  return html`<nav class="side-nav" aria-label="Account"><ul>${pages.map(([to, text]) => html`<li key=${to}>
      <a href=${to} aria-current=${at === to ? 'page' : undefined}>${text}</a></li>`)}
    <li><button type="button" onClick=${leave}>Log out</button></li></ul>${error && html`<${ErrorState} error=${error} />`}</nav>`;
}

/** @param {{title: string, children?: import('./ui.js').View}} props */
export function AccountFrame({ title, children }) {
  useTitle(title);
  const who = useStore(user);
  useEffect(() => {
    if (who === null) toLogin();
  }, [who]);
  if (!who) return html`<${Skeleton} />`;
  return html`<div class="columns account"><${SideNav} /><div><h1>${title}</h1>${children}</div></div>`;
}
