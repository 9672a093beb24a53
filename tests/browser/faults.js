// What goes wrong is told, and gets better without losing anything; what is hostile stays text.
import assert from 'node:assert/strict';
import { alone } from './journeys.js';
import { addOne, fillAddress, register } from './shop.js';

const problem = (/** @type {number} */ status, /** @type {Record<string, string>} */ headers = {}) => ({ status, headers,
  contentType: 'application/problem+json', body: JSON.stringify({ type: '/problems/internal', title: 'Something failed', status, detail: 'Something failed.', requestId: 'r-1' }) });

/** The browser's own line about an answer that the test made; nothing else may be complained of. @param {any} guest */
function forgive(guest) {
  const kept = guest.complaints.filter((/** @type {string} */ c) => !/Failed to load resource/.test(c));
  guest.complaints.splice(0, guest.complaints.length, ...kept);
}

/** @type {[string, (shop: any) => Promise<void>][]} */
export const faults = [
  ['a list that could not be read says so, and is read by another try', alone(async (guest) => {
    const { page } = guest;
    await page.route('**/api/products?*', (/** @type {any} */ r) => r.fulfill(problem(500)));
    await guest.go('/search');
    await page.getByRole('alert').getByText('Something failed.').waitFor();
    await page.getByText('r-1').waitFor();
    await page.unroute('**/api/products?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.product').first().waitFor();
    forgive(guest);
  })],
  ['a shop that is busy is asked again, and one that says when is waited for', alone(async (guest) => {
    const { page } = guest;
    let asked = 0;
    await page.route('**/api/products?*', (/** @type {any} */ r) => (++asked < 3 ? r.fulfill(problem(503)) : r.continue()));
    await guest.go('/search');
    await page.locator('.product').first().waitFor();
    await page.unroute('**/api/products?*');
    await page.route('**/api/products?*', (/** @type {any} */ r) => r.fulfill(problem(429, { 'Retry-After': '2' })));
    await guest.go('/search?q=lamp');
    await page.getByRole('button', { name: /Try again in \d s/ }).waitFor();
    await page.unroute('**/api/products?*');
    await page.getByRole('button', { name: 'Try again', exact: true }).click();
    await page.locator('.product').first().waitFor();
    forgive(guest);
  })],
  ['being offline is told, and ends by itself', alone(async (guest) => {
    const { page, context } = guest;
    await guest.go('/search');
    await page.locator('.product').first().waitFor();
    await context.setOffline(true);
    await page.getByLabel('Sort').selectOption('name');
    await page.getByText('You seem to be offline').waitFor();
    await context.setOffline(false);
    await page.locator('.product').first().waitFor();
    forgive(guest);
  })],
  ['an order whose answer is lost is placed again under the same key', alone(async (guest) => {
    const { page } = guest;
    await guest.go('/register');
    await register(guest);
    await addOne(guest, 'living', 1);
    await guest.go('/checkout');
    await fillAddress(guest);
    /** @type {string[]} */
    const keys = [];
    await page.route('**/api/orders', async (/** @type {any} */ r) => {
      keys.push(r.request().headers()['idempotency-key']);
      if (keys.length > 1) return r.continue();
      await r.fetch();
      return r.abort();
    });
    await page.getByRole('button', { name: 'Place order' }).click();
    await page.getByText('There was no answer.').waitFor();
    assert.equal(await page.getByLabel('City').inputValue(), 'Bristol');
    await page.getByRole('button', { name: 'Place order' }).click();
    await page.waitForURL('**/orders/*');
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
    await page.unroute('**/api/orders');
    assert.equal((await guest.api('GET', '/api/orders', null)).body.total, 1);
    forgive(guest);
  })],
  ['a stream of events that is lost is told, and the page asks by itself', alone(async (guest) => {
    const { page } = guest;
    await guest.go('/register');
    await register(guest);
    await addOne(guest, 'living', 2);
    await page.route('**/api/events?*', (/** @type {any} */ r) => r.abort());
    await guest.go('/checkout');
    await fillAddress(guest);
    await page.getByRole('button', { name: 'Place order' }).click();
    await page.getByText('Updates are paused').waitFor();
    await page.waitForRequest('**/api/orders/*');
    forgive(guest);
  })],
  ['an ended session leads to the log-in and back', alone(async (guest) => {
    const { page, context } = guest;
    await guest.go('/register?next=/orders');
    const { email, password } = await register(guest);
    await page.getByText('No orders yet').waitFor();
    await context.clearCookies();
    await page.getByRole('link', { name: 'Security' }).click();
    await page.waitForURL('**/login?next=*');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL('**/account/security');
  })],
  ['markup that somebody types stays text, and other sites are not followed', alone(async (guest, shop) => {
    const { page } = guest;
    page.on('dialog', () => guest.complaints.push('a dialog opened'));
    await guest.go(`/search?q=${encodeURIComponent('<img src=x onerror=alert(1)>')}`);
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), '“<img src=x onerror=alert(1)>”');
    for (const next of ['//example.com/', 'https://example.com/', '/\\example.com', 'javascript:alert(1)']) {
      await guest.go(`/login?next=${encodeURIComponent(next)}`);
      await page.getByLabel('E-mail').fill('ben@shop.example');
      await page.getByLabel('Password', { exact: true }).fill('Demo-Shop-26');
      await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
      await page.waitForURL(`${shop.base}/`);
      await page.waitForFunction(() => localStorage.getItem('signed-in'));
      await guest.api('POST', '/api/users/logout', null);
      await page.evaluate(() => localStorage.clear());
    }
  })],
  ['a chosen theme is there before the page is painted', alone(async (guest) => {
    const { page } = guest;
    await guest.go('/login');
    await page.getByRole('button', { name: 'Dark colours' }).click();
    await page.route('**/main.js', (/** @type {any} */ r) => r.abort());
    await page.reload({ waitUntil: 'commit' });
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark' && getComputedStyle(document.body).backgroundColor === 'rgb(13, 17, 23)');
    forgive(guest);
  })],
];
