// Every page, light and dark, narrow and wide: axe finds nothing, one h1, no scrolling sideways, targets for fingers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { addOne, logIn, packages, visitor } from './shop.js';

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
      ? [] : [`${el.tagName} ${el.textContent?.trim().slice(0, 30)} ${Math.round(width)}×${Math.round(height)}`];
  });
}

/** @param {import('./shop.js').Visitor} guest @param {string} where @returns {Promise<string[]>} */
async function look({ page }, where) {
  await page.waitForFunction(() => !document.querySelector('.skeleton') && document.querySelector('h1'));
  await page.waitForLoadState('networkidle');
  await page.evaluate(axe); // through the debugger, which the pages' policy lets be
  const found = await page.evaluate((only) => /** @type {any} */ (window).axe.run({ runOnly: only }), tags);
  const wrong = found.violations.flatMap((/** @type {any} */ v) => v.nodes.map((/** @type {any} */ n) =>
    `${v.id}: ${n.html.slice(0, 160)} ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ''}`));
  if (await page.locator('h1').count() !== 1) wrong.push('not one h1');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) wrong.push(`${wide} px too wide`);
  wrong.push(...(await page.evaluate(tooSmall)).map((/** @type {string} */ s) => `too small: ${s}`));
  return wrong.map((/** @type {string} */ w) => `${where}: ${w}`);
}

/** @param {any} shop @param {'light' | 'dark'} colorScheme @param {number} width */
async function walk(shop, colorScheme, width) {
  const guest = await visitor(shop, { colorScheme, viewport: { width, height: 800 } });
  /** @type {string[]} */
  const wrong = [];
  const at = async (/** @type {string} */ path) => {
    await guest.go(path);
    wrong.push(...await look(guest, path));
  };
  for (const path of open) await at(path);
  await addOne(guest, 'books', 3);
  await guest.page.getByRole('button', { name: /^Cart/ }).click();
  await guest.page.getByRole('dialog').getByRole('link', { name: 'Check out' }).waitFor();
  wrong.push(...await look(guest, 'the cart\'s drawer'));
  await logIn(guest, 'ada@shop.example');
  for (const path of own) await at(path);
  await at(`/orders/${(await guest.api('GET', '/api/orders?limit=1', null)).body.items[0].id}`);
  await guest.go('/account/security');
  await guest.page.getByRole('button', { name: 'Set up two-step log-in' }).click();
  await guest.page.getByRole('img', { name: /QR code/ }).waitFor();
  wrong.push(...await look(guest, 'setting up the second factor'));
  await guest.go('/account/addresses');
  await guest.page.getByRole('button', { name: 'Add an address' }).click();
  wrong.push(...await look(guest, 'a new address'));
  await guest.page.route('**/api/products*', (/** @type {any} */ r) => r.fulfill({ status: 500, contentType: 'application/json', body: '{}' }));
  await guest.go('/search');
  await guest.page.getByRole('alert').waitFor();
  wrong.push(...await look(guest, 'a list that could not be read'));
  await guest.page.unroute('**/api/products*');
  const told = guest.complaints.splice(0).filter((/** @type {string} */ c) => !/status of 500/.test(c));
  wrong.push(...told);
  await guest.go('/search');
  await guest.page.getByRole('combobox', { name: 'Search products' }).fill('lam');
  await guest.page.locator('#found').getByRole('option').first().waitFor();
  wrong.push(...await look(guest, 'suggestions'));
  assert.deepEqual([...wrong, ...guest.complaints], []);
  await guest.close();
}

/** @type {[string, (shop: any) => Promise<void>][]} */
export const a11y = [];
for (const scheme of /** @type {const} */ (['light', 'dark']))
  for (const width of [320, 1280]) a11y.push([`every page is for everybody, ${scheme} at ${width} px`, (shop) => walk(shop, scheme, width)]);
