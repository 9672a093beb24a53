// The frame of the account's pages: for who is signed in, with the way between them.
// @ts-check
import { announce, go, html, place, toLogin, useEffect, useState, useStore, useTitle } from '../app/core.js';
import { loadSession, logOut, trouble, user } from '../app/shop.js';
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

/**
 * Who is signed in, or what a page that needs it shows instead; nobody leads to the log-in.
 * @returns {{who: any, instead: import('./ui.js').View}}
 */
export function useSignedIn() {
  const who = useStore(user);
  const wrong = useStore(trouble);
  useEffect(() => {
    if (who === null && !wrong) toLogin();
  }, [who, wrong]);
  if (who) return { who, instead: null };
  return { who, instead: wrong ? html`<h1>Your account</h1><${ErrorState} error=${wrong} retry=${loadSession} />` : html`<${Skeleton} />` };
}

/** @param {{title: string, children?: import('./ui.js').View}} props */
export function AccountFrame({ title, children }) {
  useTitle(title);
  const { instead } = useSignedIn();
  if (instead) return instead;
  return html`<div class="columns account"><${SideNav} /><div><h1>${title}</h1>${children}</div></div>`;
}
