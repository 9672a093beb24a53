// By keys alone: the focus is always seen, lies under nothing, and comes back from where it was sent.
import assert from 'node:assert/strict';
import { alone } from './shop.js';
import { addOne, register } from './steps.js';

/** Runs in the page: what has the focus, and what is wrong with how it shows. */
function focused() {
  const el = /** @type {HTMLElement} */ (document.activeElement);
  if (!el || el === document.body) return { name: '', wrong: '' };
  const name = `${el.getAttribute('aria-label') ?? (/** @type {any} */ (el).labels?.[0]?.textContent || el.textContent)}`.replace(/\s+/g, ' ').trim();
  const { outlineStyle, outlineWidth } = getComputedStyle(el);
  const seen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  const box = el.getBoundingClientRect();
  const [left, right, up, down] = [Math.max(0, box.left), Math.min(innerWidth, box.right), Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
  const at = (/** @type {number} */ x, /** @type {number} */ y) => document.elementFromPoint(left + (right - left) * x, up + (down - up) * y);
  const tops = [at(.5, .5), at(.1, .1), at(.9, .1), at(.1, .9), at(.9, .9)];
  const free = tops.some((top) => top && (el.contains(top) || top.contains(el) || top.closest('label')?.control === el));
  const wrong = !seen ? 'its focus is not seen' : box.bottom <= 0 || box.top >= innerHeight ? 'it is out of sight'
    : !free ? `it lies under ${tops[0]?.outerHTML.slice(0, 80)}` : '';
  return { name, wrong };
}

/** Goes on by Tab until something has the focus, looking at every stop. @param {import('./shop.js').Visitor} guest @param {RegExp} to @param {string} [key] */
async function tabTo({ page }, to, key = 'Tab') {
  /** @type {string[]} */
  const stops = [];
  for (let i = 0; i < 150; ++i) {
    await page.keyboard.press(key);
    const { name, wrong } = await page.evaluate(focused);
    assert.equal(wrong, '', `${name}: ${wrong}`);
    stops.push(name);
    if (to.test(name)) return;
  }
  assert.fail(`${to} is not reached by ${key}: ${stops.join(' | ')}`);
}

const onFocus = (/** @type {any} */ page, /** @type {string} */ begins) =>
  page.waitForFunction((/** @type {string} */ text) => document.activeElement?.textContent?.trim().startsWith(text), begins);

/** @type {[string, (shop: any) => Promise<void>][]} */
export const keys = [
  ['somebody with a keyboard alone buys and cancels', alone(async (guest) => {
    const { page } = guest;
    const enter = () => page.keyboard.press('Enter');
    await register(guest);
    await guest.go('/');
    await guest.settled();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content');
    await enter();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
    await tabTo(guest, /^See all products/);
    await tabTo(guest, /^Cart/, 'Shift+Tab');
    await tabTo(guest, /^Electronics/);
    await enter();
    await page.waitForURL('**/c/electronics');
    await guest.settled();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
    await tabTo(guest, /^Add to cart/);
    await tabTo(guest, /^Add to cart/);
    await page.keyboard.press('Shift+Tab');
    await enter();
    await page.waitForURL('**/p/*');
    await guest.settled();
    await tabTo(guest, /one more of/);
    await page.keyboard.press('Space');
    await tabTo(guest, /^Add to cart/);
    await page.keyboard.press('Space');
    await page.getByRole('dialog').getByRole('link', { name: 'Check out' }).waitFor();
    await tabTo(guest, /^Remove/);
    for (let i = 0; i < 12; ++i) {
      await page.keyboard.press('Tab');
      assert.ok(await page.evaluate(() => document.activeElement === document.body || !!document.activeElement?.closest('dialog')), 'the focus left the drawer');
    }
    await page.keyboard.press('Escape');
    await onFocus(page, 'Add to cart');
    await tabTo(guest, /^Cart/, 'Shift+Tab');
    await enter();
    await tabTo(guest, /^View cart/);
    await enter();
    await page.waitForURL('**/cart');
    await guest.settled();
    await tabTo(guest, /^Check out/);
    await enter();
    await page.waitForURL('**/checkout');
    await guest.settled();
    for (const [field, text] of /** @type {[RegExp, string][]} */ ([[/^Street/, '7 Quay Street'], [/^Postcode/, 'BS1 4QA'], [/^City/, 'Bristol'], [/^Country/, 'UK']])) {
      await tabTo(guest, field);
      await page.keyboard.type(text);
    }
    await tabTo(guest, /^Simulated card/);
    await tabTo(guest, /^Place order/);
    await enter();
    await page.getByText('Thank you. Your order is confirmed.').waitFor();
    await guest.settled();
    for (const leave of ['Escape', 'Keep it']) {
      await tabTo(guest, /^Cancel order/);
      await enter();
      await page.getByRole('dialog').waitFor();
      if (leave === 'Escape') await page.keyboard.press('Escape');
      else {
        await tabTo(guest, /^Keep it/);
        await enter();
      }
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await onFocus(page, 'Cancel order');
      await page.keyboard.press('Shift+Tab');
    }
    await tabTo(guest, /^Cancel order/);
    await enter();
    await tabTo(guest, /^Cancel order #/);
    await enter();
    await page.getByText('You cancelled it.').waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  })],
  ['the focus lies under no bar of the page, on a small screen too', alone(async (guest) => {
    await register(guest);
    await addOne(guest, 'toys', 6);
    for (const path of ['/search', '/cart', '/checkout', '/account/security', '/account/privacy']) {
      await guest.go(path);
      await guest.settled();
      await tabTo(guest, path === '/checkout' ? /^Place order/ : /^Status/);
      await tabTo(guest, path === '/checkout' ? /^Back to the cart/ : /^Log out|^Cart/, 'Shift+Tab');
    }
  }, { viewport: { width: 360, height: 640 } })],
];
