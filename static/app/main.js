// The page's frame: header, routes (in the address's fragment), loading and error states.
// @ts-check
import { el, announce } from './dom.js';
import { Problem } from './api.js';
import { basketCount, loadSession, logOut, onChange, session } from './state.js';

/** @type {[RegExp, string, () => Promise<any>][]} */
const routes = [
  [/^\/$/, 'Products', () => import('../pages/products.js')],
  [/^\/product\/([0-9a-f-]+)$/, 'Product', () => import('../pages/product.js')],
  [/^\/basket$/, 'Basket', () => import('../pages/basket.js')],
  [/^\/login$/, 'Log in', () => import('../pages/login.js')],
  [/^\/forgot-password$/, 'Forgot your password?', () => import('../pages/forgot_password.js')],
  [/^\/reset-password$/, 'Choose a new password', () => import('../pages/reset_password.js')],
  [/^\/verify-email$/, 'Confirm your e-mail', () => import('../pages/verify_email.js')],
  [/^\/register$/, 'Create an account', () => import('../pages/register.js')],
  [/^\/orders$/, 'Your orders', () => import('../pages/orders.js')],
  [/^\/orders\/([0-9a-f-]+)$/, 'Order', () => import('../pages/order.js')],
];

const main = /** @type {HTMLElement} */ (document.getElementById('main'));
let visit = 0;

/** Where we are: the fragment's path and its query. */
export function here() {
  const [path, query = ''] = (location.hash.slice(1) || '/').split('?');
  return { path, query: new URLSearchParams(query) };
}

function header() {
  const nav = /** @type {HTMLElement} */ (document.getElementById('nav'));
  const { path } = here();
  const link = (/** @type {string} */ to, /** @type {any[]} */ ...text) =>
    el('a', { href: `#${to}`, 'aria-current': path === to ? 'page' : false }, ...text);
  const count = basketCount();
  nav.replaceChildren(
    link('/', 'Products'),
    link('/basket', 'Basket', count ? el('span', null, `(${count})`) : ''),
    ...(session.user
      ? [link('/orders', 'Orders'), el('button', { type: 'button', onclick: signOut }, 'Log out',
          el('span.visually-hidden', null, ` ${session.user.firstName}`))]
      : [link('/login', 'Log in'), link('/register', 'Register')]),
  );
}

async function signOut() {
  await logOut();
  location.hash = '#/';
  announce('You are logged out.');
}

export function errorBox(/** @type {unknown} */ e, /** @type {(() => void) | undefined} */ retry) {
  const problem = e instanceof Problem ? e : new Problem({ detail: 'The page failed. Reload it and try again.' }, 0);
  if (!(e instanceof Problem)) console.error(e);
  const id = problem.body.requestId;
  return el('div.alert', { role: 'alert' }, el('p', null, problem.message),
    id ? el('p.muted', null, `Reference ${id}`) : null,
    retry ? el('button.button.ghost', { type: 'button', onclick: retry }, 'Try again') : null);
}

async function show() {
  const mine = ++visit;
  const { path } = here();
  header();
  const found = routes.find(([pattern]) => pattern.test(path));
  const slow = setTimeout(() => {
    if (mine === visit) main.replaceChildren(el('div.skeleton', { 'aria-busy': 'true', 'aria-label': 'Loading' }));
  }, 150);
  try {
    const page = found ? await found[2]() : await import('../pages/not_found.js');
    const values = found ? (path.match(found[0]) ?? []).slice(1) : [];
    const content = await page.render(...values);
    if (mine !== visit) return;
    document.title = `${found ? found[1] : 'Not found'} – CloudRetail`;
    main.replaceChildren(...[content].flat());
  } catch (e) {
    if (mine !== visit) return;
    if (e instanceof Problem && e.status === 401) {
      location.hash = `#/login?next=${encodeURIComponent(path)}`;
      return;
    }
    main.replaceChildren(e instanceof Problem && e.status === 404 ? (await import('../pages/not_found.js')).render()
      : errorBox(e, show));
  } finally {
    clearTimeout(slow);
  }
}

addEventListener('hashchange', async () => {
  await show();
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
  announce(document.title);
});
onChange(header);
// Not awaited at the top level: the pages import this module, and would wait for it for ever.
loadSession().catch(() => {}).then(show);
