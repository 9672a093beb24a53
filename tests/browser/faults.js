// What goes wrong is told, and gets better without losing anything.
import assert from 'node:assert/strict';
import { alone } from './shop.js';
import { addOne, atCheckout, bought, fillAddress, placeOrder, register, typeLogIn } from './steps.js';

const problem = (/** @type {number} */ status, /** @type {Record<string, string>} */ headers = {}) => ({ status, headers,
  contentType: 'application/problem+json', body: JSON.stringify({ type: '/problems/internal', title: 'Something failed', status, detail: 'Something failed.', requestId: 'r-1' }) });

/** The browser's own line about an answer that the test made; nothing else may be complained of. @param {any} guest */
function forgive(guest) {
  const kept = guest.complaints.filter((/** @type {string} */ c) => !/Failed to load resource/.test(c));
  guest.complaints.splice(0, guest.complaints.length, ...kept);
}

/** Something that others wait for. */
function gate() {
  /** @type {(value?: any) => void} */
  let open = () => {};
  const opened = new Promise((done) => { open = done; });
  return { open, opened };
}

/** @type {[string, (shop: any) => Promise<void>][]} */
export const faults = [
  ['a list that could not be read says so, and is read by another try', alone(async (guest) => {
    const { page } = guest;
    await page.route('**/api/products?*', (/** @type {any} */ r) => r.fulfill(problem(500)));
    await guest.follow('/search');
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
    await guest.follow('/search');
    await page.locator('.product').first().waitFor();
    assert.equal(asked, 3);
    await page.unroute('**/api/products?*');
    await page.route('**/api/products?*', (/** @type {any} */ r) => r.fulfill(problem(429, { 'Retry-After': '2' })));
    await guest.follow('/search?q=lamp');
    const wait = page.getByRole('button', { name: /Try again in \d s/ });
    await wait.waitFor();
    assert.ok(await wait.isDisabled());
    await page.unroute('**/api/products?*');
    await page.getByRole('button', { name: 'Try again', exact: true }).click();
    await page.locator('.product').first().waitFor();
    forgive(guest);
  })],
  ['a page that an account may not see says so', alone(async (guest) => {
    const { page } = guest;
    await register(guest);
    await page.route('**/api/orders?*', (/** @type {any} */ r) => r.fulfill(problem(403)));
    await guest.go('/orders');
    await page.getByRole('main').getByRole('heading', { name: 'This is not for your account' }).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Your account' }).waitFor();
    forgive(guest);
  })],
  ['what is slow has its place kept, and nothing jumps when it comes', alone(async (guest) => {
    const { page } = guest;
    const answer = gate();
    await page.route('**/api/products?*', (/** @type {any} */ r) => answer.opened.then(() => r.continue()));
    await guest.follow('/search');
    await page.waitForFunction(() => {
      const shown = document.querySelector('main .skeletons');
      return shown && getComputedStyle(shown).opacity === '1' && shown.getAttribute('aria-busy') === 'true';
    });
    answer.open();
    await guest.settled();
    assert.ok(await page.locator('.product').count() > 8);
    assert.ok(await guest.shift() <= 0.02, `layout shift ${await guest.shift()}`);
  })],
  ['being offline is told, and ends by itself', alone(async (guest) => {
    const { page, context } = guest;
    await guest.follow('/search');
    await page.locator('.product').first().waitFor();
    await context.setOffline(true);
    await page.getByLabel('Sort').selectOption('name');
    await page.getByText('You seem to be offline').waitFor();
    assert.ok(await page.locator('.product').count() > 0, 'what was read is gone');
    await context.setOffline(false);
    await page.getByText('You seem to be offline').waitFor({ state: 'detached' });
    await page.locator('.product').first().waitFor();
    forgive(guest);
  })],
  ['an order whose answer is lost is placed again under the same key', alone(async (guest) => {
    const { page } = guest;
    await atCheckout(guest, 'living', 1);
    /** @type {string[]} */
    const keys = [];
    await page.route('**/api/orders', async (/** @type {any} */ r) => {
      keys.push(r.request().headers()['idempotency-key']);
      if (keys.length > 1) return r.continue();
      await r.fetch();
      return r.abort();
    });
    await placeOrder(guest);
    await page.getByText('There was no answer.').waitFor();
    assert.equal(await page.getByLabel('City').inputValue(), 'Bristol');
    await placeOrder(guest);
    await page.waitForURL('**/orders/*');
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
    await page.unroute('**/api/orders');
    assert.equal((await guest.api('GET', '/api/orders')).body.total, 1);
    forgive(guest);
  })],
  ['an order during which the page is loaded anew is placed once', alone(async (guest) => {
    const { page } = guest;
    await atCheckout(guest, 'living', 3);
    /** @type {string[]} */
    const keys = [];
    const asked = gate();
    await page.route('**/api/orders', async (/** @type {any} */ r) => {
      keys.push(r.request().headers()['idempotency-key']);
      if (keys.length === 3) await r.fetch();
      return asked.open(); // and no answer ever comes
    });
    await placeOrder(guest);
    await asked.opened;
    await page.reload();
    await fillAddress(guest);
    await Promise.all([page.waitForRequest('**/api/orders'), placeOrder(guest)]);
    assert.equal(keys[0], keys[1]);
    await page.reload();
    await fillAddress(guest);
    const done = page.waitForEvent('request', (/** @type {any} */ r) => r.method() === 'POST' && r.url().endsWith('/api/orders'));
    await placeOrder(guest);
    await done;
    await page.waitForFunction(async () => (await (await fetch('/api/orders?limit=1')).json()).total === 1);
    await page.reload(); // the server has it, this page never heard of it
    await page.getByText('Your cart is empty').waitFor();
    await page.unroute('**/api/orders');
    assert.equal(new Set(keys).size, 1);
    assert.equal((await guest.api('GET', '/api/orders')).body.total, 1);
    forgive(guest);
  })],
  ['an order whose payment is still open says so, after loading the page anew too, until it is settled', alone(async (guest) => {
    const { page } = guest;
    const id = await bought(guest, 'living', 4);
    const order = (await guest.api('GET', `/api/orders/${id}`)).body;
    let open = true;
    await page.route(`**/api/orders/${id}`, (/** @type {any} */ r) => (open ? r.fulfill({ json: { ...order, status: 'pending' } }) : r.continue()));
    for (let i = 0; i < 2; ++i) {
      await page.reload();
      await page.getByText('We are checking your payment.').waitFor();
    }
    assert.equal(await page.getByRole('button', { name: 'Cancel order' }).count(), 0);
    open = false;
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange'))); // the window is looked at again
    await page.getByText('We are checking your payment.').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Cancel order' }).waitFor();
  })],
  ['a stream of events that is lost is told, the page asks by itself, and finds the stream again', alone(async (guest) => {
    const { page } = guest;
    await atCheckout(guest, 'living', 2);
    await page.route('**/api/events?*', (/** @type {any} */ r) => r.abort());
    await placeOrder(guest);
    await page.getByText('Updates are paused').waitFor();
    await page.waitForRequest('**/api/orders/*');
    await page.unroute('**/api/events?*');
    await page.getByText('Updates are paused').waitFor({ state: 'detached' });
    forgive(guest);
  })],
  ['two windows that change the cart at once lose neither change', alone(async (guest) => {
    const { page, context } = guest;
    await register(guest);
    const first = await addOne(guest, 'books', 4);
    const second = await addOne(guest, 'books', 5);
    await guest.go('/cart');
    const other = await context.newPage();
    await other.goto(page.url());
    const quantity = (/** @type {any} */ where, /** @type {string} */ name) => where.getByLabel(`Quantity of ${name}`);
    await quantity(other, second).waitFor();
    /** @type {number[]} */
    const answers = [];
    const meanwhile = gate();
    await page.route('**/api/cart', async (/** @type {any} */ r) => {
      if (r.request().method() !== 'PUT') return r.continue();
      if (!answers.length) await meanwhile.opened;
      const answer = await r.fetch();
      answers.push(answer.status());
      return r.fulfill({ response: answer });
    });
    await Promise.all([page.waitForRequest((/** @type {any} */ r) => r.method() === 'PUT'), (async () => {
      await quantity(page, first).fill('3');
      await page.keyboard.press('Enter');
    })()]);
    await quantity(other, second).fill('5');
    await Promise.all([other.waitForResponse((/** @type {any} */ r) => r.request().method() === 'PUT' && r.ok()), other.keyboard.press('Enter')]);
    meanwhile.open();
    await page.waitForFunction((/** @type {string} */ name) => /** @type {any} */ ([...document.querySelectorAll('.lines li')]
      .find((li) => li.textContent?.includes(name))?.querySelector('input'))?.value === '5', second);
    assert.deepEqual(answers, [412, 200]);
    const kept = (await guest.api('GET', '/api/cart')).body.items;
    assert.deepEqual(kept.map((/** @type {any} */ i) => [i.name, i.quantity]).sort(), [[first, 3], [second, 5]].sort());
  })],
  ['a cart that is changed while it is being read stays changed', alone(async (guest) => {
    const { page } = guest;
    for (const path of ['**/api/products/*-*-*-*-*', '**/api/cart']) {
      if (path.endsWith('cart')) await register(guest);
      const name = await addOne(guest, 'books', 6);
      const [asked, answer] = [gate(), gate()];
      await page.route(path, async (/** @type {any} */ r) => {
        if (r.request().method() !== 'GET') return r.continue();
        const old = await r.fetch();
        asked.open();
        await answer.opened;
        return r.fulfill({ response: old });
      }, { times: 1 });
      await page.getByRole('button', { name: /^Cart/ }).click(); // the drawer reads it
      await asked.opened;
      await page.getByRole('button', { name: `Remove ${name}` }).click();
      await page.getByText('Your cart is empty').waitFor();
      answer.open();
      await guest.settled();
      assert.equal(await page.getByLabel(`Quantity of ${name}`).count(), 0, path);
    }
  })],
  ['an ended session leads to the log-in and back', alone(async (guest) => {
    const { page, context } = guest;
    const { email, password } = await register(guest, '/orders');
    await page.getByText('No orders yet').waitFor();
    await context.clearCookies();
    await page.getByRole('link', { name: 'Security' }).click();
    await page.waitForURL('**/login?next=*');
    await typeLogIn(guest, email, password);
    await page.waitForURL((/** @type {URL} */ url) => url.pathname === '/account/security');
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
