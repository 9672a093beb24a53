// Every page and what opens on it, light and dark, narrow and wide: axe finds nothing, one h1, no scrolling sideways,
// text at twice its size too, targets for fingers, nothing that moves for who asked for stillness.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { packages, visitor } from './shop.js';
import { addOne, beginSecondFactor, bought, codesKept, finishSecondFactor, logIn, logOut, register, typeLogIn, typeNewcomer } from './steps.js';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const axe = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');

const open = ['/', '/c/electronics', '/search?q=lamp', '/search?q=zzzzz', '/p/chelsea-boots', '/p/nothing-here', '/cart', '/checkout', '/login',
  '/register', '/forgot-password', '/reset-password', '/verify-email', '/nowhere'];
const own = ['/cart', '/checkout', '/orders', '/account', '/account/addresses', '/account/security', '/account/privacy'];

/** Runs in the page: what is smaller than a finger, of what is no link within text. */
function tooSmall() {
  return [...document.querySelectorAll('button, select, input:not([type=checkbox], [type=radio]), a.button, a.chip, nav a')].flatMap((el) => {
    const { width, height } = el.getBoundingClientRect();
    return !width || el.closest('.visually-hidden, .crumbs, .skip') || (height >= 44 && width >= 44) || (el.matches('nav a') && height >= 44)
      ? [] : [`too small: ${el.tagName} ${el.textContent?.trim().slice(0, 30)} ${Math.round(width)}×${Math.round(height)}`];
  });
}

/** Runs in the page: what sticks out of it or is cut off, with text of this size. @param {string} size */
function tooWide(size) {
  document.documentElement.style.fontSize = size;
  const wide = document.documentElement.scrollWidth - innerWidth;
  const cut = [...document.querySelectorAll('h1, h2, h3, p, label, button, a')].filter((el) => {
    const { overflowX } = getComputedStyle(el);
    return overflowX === 'hidden' && el.scrollWidth > el.clientWidth + 1 && !el.matches('.visually-hidden');
  });
  const out = wide > 0 ? [...document.querySelectorAll('body *')].filter((el) => el.getBoundingClientRect().right > innerWidth + 1).slice(0, 3) : [];
  document.documentElement.style.fontSize = '';
  return [...(wide > 0 ? [`${wide} px too wide${size && ` with text of ${size}`}: ${out.map((el) => el.outerHTML.slice(0, 100)).join(' ')}`] : []),
    ...cut.map((el) => `cut off${size && ` with text of ${size}`}: ${el.outerHTML.slice(0, 100)}`)];
}

/** Runs in the page. */
const moving = () => document.getAnimations().filter((a) => a.playState === 'running').map((a) => `moves: ${/** @type {any} */ (a).animationName ?? 'a transition'}`);

/** @param {import('./shop.js').Visitor} guest @param {string} where @returns {Promise<string[]>} */
async function look({ page, settled }, where) {
  await settled();
  await page.evaluate(() => scrollTo(0, 0)); // what lies half under the header is no small target
  await page.evaluate(axe); // through the debugger, which the pages' policy lets be
  const found = await page.evaluate((only) => /** @type {any} */ (window).axe.run({ runOnly: only, resultTypes: ['violations'] }), tags);
  const wrong = found.violations.flatMap((/** @type {any} */ v) => v.nodes.map((/** @type {any} */ n) =>
    `${v.id}: ${n.html.slice(0, 160)} ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ''}`));
  if (await page.locator('h1').count() !== 1) wrong.push('not one h1');
  wrong.push(...await page.evaluate(tooSmall), ...await page.evaluate(tooWide, ''), ...await page.evaluate(moving));
  if (page.viewportSize()?.width !== 320) wrong.push(...await page.evaluate(tooWide, '200%'));
  return wrong.map((/** @type {string} */ w) => `${where}: ${w}`);
}

/** A walk through the shop; `at` looks at an address, `see` at what is open. @typedef {{guest: import('./shop.js').Visitor,
 *    at: (path: string) => Promise<void>, see: (where: string) => Promise<void>}} Walk */

/** What everybody sees, and a customer of long standing. @param {Walk} walk */
async function pages({ guest, at, see }) {
  const { page } = guest;
  for (const path of open) await at(path);
  await guest.go('/search');
  await guest.settled();
  const stock = page.getByLabel('Only what is in stock');
  if (!await stock.isVisible()) await page.getByText('Filters', { exact: true }).click();
  await stock.waitFor();
  await see('filters');
  await addOne(guest, 'books', 3);
  await page.getByRole('button', { name: /^Cart/ }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'Check out' }).waitFor();
  await see('the cart\'s drawer');
  await logIn(guest, 'ada@shop.example');
  for (const path of own) await at(path);
  await at(`/orders/${(await guest.api('GET', '/api/orders?limit=1')).body.items[0].id}`);
  await guest.go('/account/addresses');
  await page.getByRole('button', { name: 'Add an address' }).click();
  await see('a new address');
  await page.route('**/api/products*', (/** @type {any} */ r) => r.fulfill({ status: 500, contentType: 'application/json', body: '{}' }));
  await guest.follow('/search');
  await page.getByRole('alert').waitFor();
  await see('a list that could not be read');
  await page.unroute('**/api/products*');
  const told = guest.complaints.filter((/** @type {string} */ c) => !/status of 500/.test(c));
  guest.complaints.splice(0, guest.complaints.length, ...told);
  await guest.go('/search');
  await page.getByRole('combobox', { name: 'Search products' }).fill('lam');
  await page.locator('#found').getByRole('option').first().waitFor();
  await see('suggestions');
}

/** What somebody new sees: nothing yet, errors at fields, the first order, the second factor. @param {Walk} walk */
async function states({ guest, at, see }) {
  const { page } = guest;
  await guest.go('/register');
  await typeNewcomer(guest, 'ada@shop.example', 'password');
  await page.locator('[aria-invalid=true]').first().waitFor();
  await see('a registration that is refused');
  await guest.go('/login');
  const { email, password } = await register(guest, '/account');
  for (const path of ['/cart', '/checkout', '/orders', '/orders?status=shipped', '/account/addresses']) await at(path);
  await guest.go('/cart');
  await page.getByRole('button', { name: /^Cart/ }).click();
  await page.getByRole('dialog').getByText('Your cart is empty').waitFor();
  await see('the empty cart\'s drawer');
  await guest.go('/account/security');
  const secret = await beginSecondFactor(guest);
  await see('setting up the second factor');
  await finishSecondFactor(guest, secret);
  await see('recovery codes');
  await codesKept(guest);
  for (const fold of await page.locator('details.fold summary').all()) await fold.click();
  await see('the second factor that is on');
  await logOut(guest);
  await guest.go('/login');
  await typeLogIn(guest, email, password);
  await page.getByLabel('Code').waitFor();
  await see('the second step of the log-in');
}

/** @param {Walk} walk */
async function cancelling({ guest, see }) {
  await bought(guest, 'garden', 6);
  await see('an order just placed');
  await guest.page.getByRole('button', { name: 'Cancel order' }).click();
  await guest.page.getByRole('dialog').waitFor();
  await see('the question before cancelling');
}

/** @param {any} shop @param {((walk: Walk) => Promise<void>)[]} ways @param {any} options of the browser's context */
async function walk(shop, ways, options) {
  /** @type {string[]} */
  const wrong = [];
  for (const way of ways) {
    const guest = await visitor(shop, options);
    try {
      const see = async (/** @type {string} */ where) => { wrong.push(...await look(guest, where)); };
      await way({ guest, see, at: async (path) => {
        await guest.go(path);
        await see(path);
      } });
      wrong.push(...guest.complaints);
    } finally {
      await guest.close();
    }
  }
  assert.deepEqual(wrong, []);
}

/** @type {[string, (shop: any) => Promise<void>][]} */
export const a11y = [
  ['what moves stands still for who asked for it', async (shop) => {
    for (const [reducedMotion, moves] of /** @type {const} */ ([['no-preference', true], ['reduce', false]])) {
      const guest = await visitor(shop, { reducedMotion });
      await guest.page.route('**/api/products?*', () => {}); // it never answers: the page keeps the place
      await guest.follow('/search');
      await guest.page.waitForFunction(() => {
        const shown = document.querySelector('main .skeletons');
        return shown && getComputedStyle(shown).opacity === '1';
      });
      assert.equal((await guest.page.evaluate(moving)).length > 0, moves, reducedMotion);
      await guest.close();
    }
  }],
];
for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  for (const width of [320, 1280]) {
    const options = { colorScheme, viewport: { width, height: 800 } };
    a11y.push([`every page is for everybody, ${colorScheme} at ${width} px`, (shop) => walk(shop, [pages], options)],
      [`every state of a page is for everybody, ${colorScheme} at ${width} px`, (shop) => walk(shop, [states, cancelling], options)]);
  }
}
