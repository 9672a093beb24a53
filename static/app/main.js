// The shop's frame: which address shows which page, header and footer, moving between pages.
// @ts-check
import { Component, Problem, announce, draw, forgetAll, get, go, html, kept, place, shopName, useEffect, useRef, useState, useStore, where } from './core.js';
import { cart, categories, drawer, loadSession, pieces, user } from './shop.js';
import { ErrorState, Hidden, Icon, Skeleton } from '../components/ui.js';

const listing = () => import('../pages/listing.js');

/** @type {[RegExp, () => Promise<any>][]} */
const routes = [
  [/^\/$/, () => import('../pages/home.js')],
  [/^\/c\/([^/]+)$/, listing],
  [/^\/search$/, listing],
  [/^\/p\/([^/]+)$/, () => import('../pages/product.js')],
  [/^\/cart$/, () => import('../pages/cart.js')],
  [/^\/checkout$/, () => import('../pages/checkout.js')],
  [/^\/orders$/, () => import('../pages/orders.js')],
  [/^\/orders\/([0-9a-f-]+)$/, () => import('../pages/order.js')],
  [/^\/login$/, () => import('../pages/login.js')],
  [/^\/register$/, () => import('../pages/register.js')],
  [/^\/forgot-password$/, () => import('../pages/forgot_password.js')],
  [/^\/reset-password$/, () => import('../pages/reset_password.js')],
  [/^\/verify-email$/, () => import('../pages/verify_email.js')],
  [/^\/account(?:\/profile)?$/, () => import('../pages/profile.js')],
  [/^\/account\/addresses$/, () => import('../pages/addresses.js')],
  [/^\/account\/security$/, () => import('../pages/security.js')],
  [/^\/account\/privacy$/, () => import('../pages/privacy.js')],
];

/** Mails link to /#/…: their addresses become real ones. A secret stays in the fragment, which no server sees. */
function fromFragment() {
  if (!location.hash.startsWith('#/')) return;
  const [path, query] = location.hash.slice(1).split('?');
  const to = path === '/basket' ? '/cart' : path.replace(/^\/product\//, '/p/');
  history.replaceState({}, '', to + (query ? `#${query}` : ''));
}

function SearchBox() {
  const here = useStore(place);
  const searched = here.path === '/search' ? here.query.get('q') ?? '' : '';
  const [text, setText] = useState(searched);
  const [found, setFound] = useState(/** @type {any[]} */ ([]));
  const [at, setAt] = useState(-1);
  useEffect(() => {
    setText(searched);
    setFound([]);
  }, [here]);
  const asked = useRef(/** @type {{timer?: any, stop?: AbortController}} */ ({}));
  const close = () => {
    clearTimeout(asked.current.timer);
    asked.current.stop?.abort();
    setFound([]);
    setAt(-1);
  };
  const typed = (/** @type {string} */ value) => {
    setText(value);
    close();
    if (value.trim().length < 2) return;
    asked.current.timer = setTimeout(() => {
      const stop = asked.current.stop = new AbortController();
      get(`/api/products/suggest?q=${encodeURIComponent(value.trim().slice(0, 100))}`, stop.signal)
        .then((answer) => setFound(answer.items.slice(0, 8)), () => {}); // the search itself works without
    }, 200);
  };
  const addressOf = (/** @type {any} */ s) => (s.type === 'product' ? `/p/${s.slug ?? s.id}`
    : s.type === 'category' ? `/c/${s.slug}` : `/search?q=${encodeURIComponent(s.text)}`);
  const follow = (/** @type {string} */ to) => {
    close();
    go(to);
  };
  const key = (/** @type {KeyboardEvent} */ e) => {
    if (e.key === 'Escape') close();
    if (!found.length || (e.key !== 'ArrowDown' && e.key !== 'ArrowUp')) return;
    e.preventDefault();
    setAt((n) => (n + 1 + (e.key === 'ArrowDown' ? 1 : -1) + found.length + 1) % (found.length + 1) - 1);
  };
  return html`<form class="search" role="search" action="/search" onSubmit=${(/** @type {Event} */ e) => {
    e.preventDefault();
    follow(at >= 0 ? addressOf(found[at]) : `/search${text.trim() ? `?q=${encodeURIComponent(text.trim())}` : ''}`);
  }} onfocusout=${(/** @type {FocusEvent} */ e) => {
    if (!(/** @type {any} */ (e.currentTarget)).contains(e.relatedTarget)) close();
  }}>
    <label class="visually-hidden" for="q">Search products</label>
    <input id="q" name="q" type="search" role="combobox" aria-expanded=${found.length > 0} aria-controls="found" aria-autocomplete="list"
      aria-activedescendant=${at >= 0 ? `found${at}` : undefined} placeholder="Search products" autocomplete="off" maxlength="100"
      value=${text} onInput=${(/** @type {any} */ e) => typed(e.target.value)} onKeyDown=${key} />
    <button type="submit" class="button quiet"><${Icon} name="search" /><${Hidden}>Search</${Hidden}></button>
    <ul id="found" role="listbox" aria-label="Suggestions" hidden=${!found.length}>${found.map((s, i) => html`
      <li key=${i} id=${`found${i}`} role="option" aria-selected=${i === at} onMouseDown=${(/** @type {Event} */ e) => {
        e.preventDefault();
        follow(addressOf(s));
      }}><${Icon} name=${s.type === 'product' ? 'box' : s.type === 'category' ? 'next' : 'search'} />${s.text}${s.type === 'category' && html`<span class="small">Category</span>`}</li>`)}</ul></form>`;
}

function ThemeButton() {
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const [on, set] = useState(dark());
  return html`<button type="button" class="button quiet" aria-pressed=${on} onClick=${() => {
    root.dataset.theme = on ? 'light' : 'dark';
    kept.set('theme', root.dataset.theme);
    set(dark());
  }}><${Icon} name="theme" /><${Hidden}>Dark colours</${Hidden}></button>`;
}

function CartButton() {
  const { lines } = useStore(cart);
  const count = pieces(lines);
  return html`<button type="button" class="button quiet" aria-haspopup="dialog" onClick=${() => drawer.set(true)}>
    <${Icon} name="cart" /><span class="wide-only">Cart</span><span class="narrow-only visually-hidden">Cart</span>
    <span class=${count ? 'count' : 'visually-hidden'}>${count}<${Hidden}> items</${Hidden}></span></button>`;
}

function Header() {
  const { path, query } = useStore(place);
  const who = useStore(user);
  const list = useStore(categories);
  useEffect(() => {
    if (path !== '/' && !list.length) get('/api/products/categories').then((a) => categories.set(a.items), () => {});
  }, [path === '/']);
  useEffect(() => { // on a phone the shelf is wider than the window
    const at = document.querySelector('.shelf [aria-current]');
    if (at instanceof HTMLElement) /** @type {HTMLElement} */ (at.closest('nav')).scrollLeft = at.offsetLeft - 64;
  }, [path, list]);
  const current = (/** @type {string} */ to) => (path === to ? 'page' : undefined);
  return html`<header class="site-header"><div class="wrap bar">
      <a class="brand" href="/">${shopName}</a><${SearchBox} />
      <nav aria-label="Yours">${who
        ? html`<a class="button quiet" href="/account" aria-current=${current('/account')}><${Icon} name="user" />
            <span class="wide-only">${who.firstName}</span><${Hidden}> Account</${Hidden}></a>`
        : html`<a class="button quiet" href="/login" aria-current=${current('/login')}><${Icon} name="user" />
            <span class="wide-only">Log in</span><span class="narrow-only visually-hidden">Log in</span></a>`}
        <${ThemeButton} /><${CartButton} /></nav></div></header>
    <nav class="shelf" aria-label="Categories"><ul class="wrap"><li><a href="/search" aria-current=${query.get('q') ? undefined : current('/search')}>All products</a></li>
      ${list.map((c) => html`<li key=${c.slug}><a href=${`/c/${c.slug}`} aria-current=${current(`/c/${c.slug}`)}>${c.name}</a></li>`)}</ul></nav>`;
}

/** While buying nothing leads astray. */
const QuietHeader = () => html`<header class="site-header"><div class="wrap bar">
  <a class="brand" href="/">${shopName}</a><nav aria-label="Back"><a class="button quiet" href="/cart">Back to the cart</a></nav></div></header>`;

const Footer = () => html`<footer class="site-footer"><div class="wrap row between">
  <nav aria-label="Shop"><a href="/search">All products</a><a href="/cart">Cart</a><a href="/orders">Your orders</a>
    <a href="/account">Your account</a><a href="/account/privacy">Privacy</a></nav>
  <nav class="fine" aria-label="For developers"><a href="/docs">API documentation</a><a href="/health">Status</a></nav></div></footer>`;

/** A page that fails takes nothing else down. */
class Fence extends Component {
  componentDidCatch(/** @type {unknown} */ error) {
    /** @type {any} */ (this).setState({ error });
  }
  render() {
    const { state, props } = /** @type {any} */ (this);
    return state.error ? html`<h1>This page failed</h1><${ErrorState} error=${state.error} />` : props.children;
  }
}

/** After going back: to where one was, as soon as there is so much page again. @param {number} y */
function scrollBack(y, tries = 40) {
  if (document.documentElement.scrollHeight >= y + innerHeight || !tries) scrollTo(0, y);
  else requestAnimationFrame(() => scrollBack(y, tries - 1));
}

function App() {
  const here = useStore(place);
  const [shown, show] = useState(/** @type {any} */ (null));
  useStore(user);
  const first = useRef(true);
  useEffect(() => {
    let stale = false;
    const found = routes.find(([pattern]) => pattern.test(here.path));
    const values = found ? (here.path.match(found[0]) ?? []).slice(1).map((v) => { try { return decodeURIComponent(v); } catch { return v; } }) : [];
    const moved = !shown || shown.path !== here.path;
    const arrived = (/** @type {any} */ next) => {
      if (stale) return;
      show({ ...next, values, path: here.path });
      if (!moved && !here.again && !here.top) return;
      requestAnimationFrame(() => {
        if (here.again) scrollBack(history.state?.y ?? 0);
        else if (!first.current) scrollTo(0, 0);
        if (!first.current) document.getElementById('main')?.focus({ preventScroll: true });
        if (!first.current) announce(document.title);
        first.current = false;
      });
    };
    (found ? found[1]() : import('../pages/not_found.js')).then((page) => arrived({ Page: page.default }),
      () => arrived({ error: new Problem({ detail: navigator.onLine
        ? 'The shop has a new version. Reload this page.' : 'This page comes as soon as you are back.' }, navigator.onLine ? -1 : 0) }));
    return () => { stale = true; };
  }, [here]);
  const quiet = here.path === '/checkout';
  return html`<a class="skip" href="#main">Skip to content</a>
    ${quiet ? html`<${QuietHeader} />` : html`<${Header} />`}
    <main id="main" class="wrap" tabindex="-1">${!shown || user.get() === undefined ? html`<${Skeleton} />`
      : shown.error ? html`<h1>This page did not come</h1><${ErrorState} error=${shown.error} retry=${() => location.reload()} />`
        : html`<${Fence} key=${shown.path}><${shown.Page} values=${shown.values} query=${here.query} /></${Fence}>`}</main>
    ${quiet ? null : html`<${Footer} />`}<${Drawer} />`;
}

/** The cart's drawer is fetched when it is opened first. */
function Drawer() {
  const open = useStore(drawer);
  const [part, set] = useState(/** @type {any} */ (null));
  useEffect(() => {
    if (open && !part) import('../components/cart_drawer.js').then((m) => set(m), () => go('/cart'));
  }, [open]);
  return part && html`<${part.CartDrawer} />`;
}

/** Links of the shop are followed without loading the page anew. */
addEventListener('click', (e) => {
  const link = e.target instanceof Element ? e.target.closest('a') : null;
  if (!link || e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
  if (link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (link.getAttribute('href')?.startsWith('#') || !routes.some(([pattern]) => pattern.test(link.pathname))) return;
  e.preventDefault();
  drawer.set(false);
  go(link.pathname + link.search, { top: true });
});

/** The account was signed in or out in another window. */
addEventListener('storage', (e) => {
  if (e.key === 'signed-in' || (e.key === 'basket' && !user.get())) {
    forgetAll();
    loadSession();
  }
});

/** A mailed link, opened here or into a window of the shop. */
function arrive() {
  fromFragment();
  place.set(where());
}

addEventListener('hashchange', arrive);
history.scrollRestoration = 'manual';
arrive();
draw(html`<${App} />`, /** @type {Element} */ (document.getElementById('shop')));
loadSession();
