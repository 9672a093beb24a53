// What is hostile stays text, goes nowhere, and gets nothing.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { alone, ask, tokenOf, visitor } from './shop.js';
import { addOne, bought, fillAddress, logIn, placeOrder, register, typeLogIn } from './steps.js';

const everywhere = ['/', '/c/electronics', '/search?q=lamp', '/p/chelsea-boots', '/cart', '/checkout', '/login', '/register', '/forgot-password',
  '/reset-password', '/verify-email', '/orders', '/account', '/account/addresses', '/account/security', '/account/privacy', '/nowhere'];

const hostile = '<img src=x onerror=alert(1)></script><script>alert(2)</script>';

/** A product whose every text is markup. @param {any} shop */
async function hostileProduct(shop) {
  const { Authorization } = await tokenOf(shop, 'northlight@shop.example');
  const { body } = await ask(shop, 'POST', '/api/products', { name: hostile, description: `${hostile}<b>bold</b>`, price: 12.5,
    category: 'toys', sku: '"><svg onload=alert(3)>', attributes: { '<i>name</i>': '<i>value</i>' } }, { Authorization });
  await ask(shop, 'POST', '/api/inventory', { productId: body.id, quantity: 9, warehouseLocation: 'Main' }, { Authorization });
  return { ...body, remove: () => ask(shop, 'DELETE', `/api/products/${body.id}`, undefined, { Authorization }) };
}

/** Runs in the page: what markup would have made of itself. */
const strange = () => [...document.querySelectorAll('img[src="x"], b, i, svg[onload], script:not([src], [type])')].map((el) => el.outerHTML);

/** @type {[string, (shop: any) => Promise<void>][]} */
export const security = [
  ['no page breaches its policy, and a breach would be noticed', alone(async (guest) => {
    const { page } = guest;
    await logIn(guest, 'cleo@shop.example');
    for (const path of everywhere) {
      const answer = await guest.go(path);
      const policy = answer.headers()['content-security-policy'] ?? '';
      for (const part of ["default-src 'none'", "script-src 'self';", "style-src 'self';", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"])
        assert.ok(policy.includes(part), `${path}: ${policy}`);
      await guest.settled();
    }
    assert.deepEqual(guest.complaints, []);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.append('window.ran = true');
      document.body.append(script);
    }).catch(() => {}); // the policy may throw
    await page.waitForFunction(() => !('ran' in window));
    assert.ok(guest.complaints.splice(0).some((/** @type {string} */ c) => c.includes('policy: ')), 'the breach was not noticed');
  })],
  ['markup in a product stays text, from its page to the order', alone(async (guest, shop) => {
    const { page } = guest;
    const product = await hostileProduct(shop);
    const plain = async (/** @type {string} */ where) => {
      await guest.settled();
      assert.ok((await page.locator('#shop').innerText()).includes(hostile), `${where} does not show the name`);
      assert.deepEqual(await page.evaluate(strange), [], where);
    };
    try {
      await register(guest);
      for (const path of ['/', '/c/toys', '/search?q=onerror']) {
        await guest.go(path);
        await plain(path);
      }
      await page.getByRole('combobox', { name: 'Search products' }).fill('<img');
      await page.waitForResponse('**/api/products/suggest*');
      await plain('the suggestions');
      await guest.go(`/p/${product.slug}`);
      await plain('its page');
      const shown = await page.locator('main').innerText();
      for (const text of [product.description, product.sku, ...Object.entries(product.attributes).flat()]) assert.ok(shown.includes(text), text);
      const linked = JSON.parse(await page.locator('script[type="application/ld+json"]').textContent());
      assert.deepEqual([linked.name, linked.description, linked.sku], [product.name, product.description, product.sku]);
      assert.ok((await page.title()).includes(hostile));
      await page.getByRole('button', { name: 'Add to cart' }).first().click();
      await page.getByRole('dialog').getByRole('link', { name: hostile }).waitFor();
      await plain('the drawer');
      await guest.go('/checkout');
      await fillAddress(guest);
      await page.getByLabel('City').fill(hostile.slice(0, 60));
      await plain('the check-out');
      await placeOrder(guest);
      await page.getByText('Thank you.').waitFor();
      await plain('the order');
      assert.ok((await page.locator('main').innerText()).includes(hostile.slice(0, 60)), 'the address');
      await guest.go('/orders');
      await plain('the orders');
    } finally {
      assert.equal((await product.remove()).status, 204);
    }
  })],
  ['markup in an account stays text', alone(async (guest) => {
    const { page } = guest;
    await register(guest);
    await guest.go('/account');
    await page.getByLabel('First name').fill(hostile);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your profile is saved.').waitFor();
    await guest.api('PATCH', '/api/users/me', { addresses: [{ label: hostile.slice(0, 50), street: hostile, zipCode: '1', city: 'Bristol', country: 'UK', default: true }] });
    await addOne(guest, 'toys', 3);
    for (const path of ['/account', '/account/addresses', '/checkout']) {
      await guest.go(path);
      await guest.settled();
      assert.ok(path === '/account' || (await page.locator('main').innerText()).includes(hostile), path);
      assert.ok(path === '/checkout' || (await page.locator('.site-header').innerText()).includes(hostile), path);
      assert.deepEqual(await page.evaluate(strange), [], path);
    }
    await guest.go(`/search?q=${encodeURIComponent(hostile)}`);
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), `Results for “${hostile}”`);
    assert.deepEqual(await page.evaluate(strange), []);
  })],
  ['the session is a cookie that no script sees, and no secret is kept elsewhere', alone(async (guest, shop) => {
    const { page, context } = guest;
    await bought(guest, 'toys', 4);
    const cookies = await context.cookies();
    assert.equal(cookies.length, 1);
    assert.ok(cookies[0].httpOnly && cookies[0].sameSite !== 'None' && cookies[0].value.length > 20, JSON.stringify(cookies));
    assert.equal(await page.evaluate(() => document.cookie), '');
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    assert.ok(kept.includes('signed-in'), 'nothing is kept at all');
    assert.ok(!kept.includes(cookies[0].value) && !/eyJ|token|password|crk_/i.test(kept), kept);
    const { email, ...login } = { email: 'dora@shop.example', password: 'violet teapot 71', firstName: 'Do', lastName: 'Ra', gdprConsent: true };
    await ask(shop, 'POST', '/api/users/register', { email, ...login });
    const answers = await guest.api('POST', '/api/users/login', { email, password: login.password, cookie: true });
    assert.equal(answers.body.token, undefined, 'the page\'s scripts are told the token');
  })],
  ['another site can change nothing with the session of a visitor', alone(async (guest, shop) => {
    const { page, context } = guest;
    await register(guest);
    const [{ name, value }] = await context.cookies();
    const cart = { items: [] };
    const write = async (/** @type {Record<string, string>} */ headers) =>
      (await ask(shop, 'PUT', '/api/cart', cart, { Cookie: `${name}=${value}`, ...headers })).status;
    for (const headers of [{}, { Origin: 'https://example.com' }, { Origin: 'null' }, { Origin: `${shop.base}.example.com` }])
      assert.equal(await write(headers), 403, JSON.stringify(headers));
    assert.equal(await write({ Origin: shop.base }), 200);
    // The same from a page: one of another site, and one that the browser counts to the same and sends the cookie for.
    const other = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end('<h1>Another site</h1>')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      for (const host of ['localhost', '127.0.0.1']) {
        await page.goto(`http://${host}:${/** @type {any} */ (other.address()).port}/`);
        const [answer] = await Promise.all([page.waitForResponse('**/api/users/logout'),
          page.evaluate((/** @type {string} */ to) => fetch(to, { method: 'POST', mode: 'no-cors', credentials: 'include' }).then(() => {}, () => {}), `${shop.base}/api/users/logout`)]);
        assert.equal(answer.status(), host === 'localhost' ? 401 : 403, host); // without the cookie, and with it
        await guest.go('/account');
        await page.getByRole('heading', { name: 'Profile' }).waitFor();
      }
    } finally {
      other.close();
    }
    guest.complaints.length = 0; // of the pages that are none of the shop's
  })],
  ['an address to go to after the log-in is followed within the shop only', alone(async (guest, shop) => {
    const { page } = guest;
    /** @type {string[]} */
    const elsewhere = [];
    page.on('request', (/** @type {any} */ r) => /^http/.test(r.url()) && !r.url().startsWith(shop.base) && elsewhere.push(r.url()));
    await guest.go(`/login?next=${encodeURIComponent('//example.com/')}`);
    await typeLogIn(guest, 'ben@shop.example');
    await page.waitForURL(`${shop.base}/`);
    for (const next of ['https://example.com/', '/\\example.com', '\\\\example.com', '///example.com', '/\t/example.com', ' //example.com', 'http:example.com',
      '/%5cexample.com/..//', 'javascript:alert(1)', 'data:text/html,<script>alert(1)</script>', '/login@example.com', '@example.com', '//example.com%2f..']) {
      await guest.go(`/login?next=${encodeURIComponent(next)}`);
      await page.waitForURL((/** @type {URL} */ url) => url.pathname !== '/login');
      assert.ok(page.url().startsWith(`${shop.base}/`), next);
    }
    await guest.go('/login?next=%2Faccount%2Fprivacy');
    await page.waitForURL(`${shop.base}/account/privacy`);
    assert.deepEqual(elsewhere, []);
  })],
  ['an order of somebody else is not there', alone(async (guest, shop) => {
    const { page } = guest;
    const id = await bought(guest, 'toys', 5);
    const other = await visitor(shop);
    await logIn(other, 'ben@shop.example');
    assert.equal((await other.api('GET', `/api/orders/${id}`)).status, 404);
    await other.go(`/orders/${id}`);
    await other.page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    assert.ok(!(await other.page.locator('main').innerText()).includes('Quay Street'));
    assert.deepEqual(other.complaints, []);
    await other.close();
    await page.reload();
    await page.getByText('Quay Street').waitFor();
  })],
];
