// How much is sent, in how many requests, and how still the page stands while it comes.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root, visitor } from './shop.js';

/** Of scripts: what a visitor fetches from the front page to the order, and all there is. */
const limits = { buying: 40 * 1024, scripts: 60 * 1024, styles: 14 * 1024, page: 6 * 1024, requests: 12, shift: 0.02 };
const sent = (/** @type {string} */ path) => gzipSync(readFileSync(join(root, 'static', path)), { level: 9 }).length;
const all = (/** @type {string} */ below) => readdirSync(join(root, 'static', below)).map((name) => join(below, name));

const runtime = ['vendor/preact.js', 'vendor/preact-hooks.js', 'vendor/htm.js'];
const buying = [...runtime, ...['theme', 'main', 'core', 'shop', 'order_key'].map((f) => `app/${f}.js`),
  ...['ui', 'facets', 'stepper', 'cart_lines', 'cart_drawer', 'form'].map((f) => `components/${f}.js`),
  ...['home', 'listing', 'product', 'checkout', 'not_found'].map((f) => `pages/${f}.js`)];

/** @type {[string, (shop: any) => any][]} */
export const budgets = [
  ['scripts, styles and the page itself are small', () => {
    const scripts = [...['app', 'components', 'pages'].flatMap(all), ...runtime];
    const size = { buying: buying.reduce((n, f) => n + sent(f), 0), scripts: scripts.reduce((n, f) => n + sent(f), 0), styles: all('styles').reduce((n, f) => n + sent(f), 0), page: sent('index.html') };
    console.log(`      compressed: scripts ${size.scripts}, of them for buying ${size.buying}, styles ${size.styles}, page ${size.page} bytes`);
    assert.ok(size.buying <= limits.buying && size.scripts <= limits.scripts && size.styles <= limits.styles && size.page <= limits.page, JSON.stringify(size));
  }],
  ['the front page comes in few requests, besides the pictures of products, and stands still', async (shop) => {
    const guest = await visitor(shop);
    /** @type {string[]} */
    const requests = [];
    guest.page.on('request', (/** @type {any} */ r) => {
      if (!r.url().startsWith('data:') && !new URL(r.url()).pathname.startsWith('/media/')) requests.push(r.url());
    });
    await guest.page.addInitScript(() => {
      const page = /** @type {any} */ (window);
      page.shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) page.shift += /** @type {any} */ (entry).value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await guest.go('/');
    await guest.page.getByRole('heading', { name: 'New arrivals' }).waitFor();
    await guest.page.waitForLoadState('networkidle');
    const shift = await guest.page.evaluate('shift');
    console.log(`      requests ${requests.length}, layout shift ${shift.toFixed(3)}`);
    assert.ok(requests.length <= limits.requests, requests.join('\n'));
    assert.ok(requests.every((url) => url.startsWith(shop.base)), requests.join('\n'));
    assert.ok(shift <= limits.shift, `layout shift ${shift}`);
    assert.deepEqual(guest.complaints, []);
    await guest.close();
  }],
];
