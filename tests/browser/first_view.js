// What the server puts into the page: seen without asking again, without scripts, and by search engines.
import assert from 'node:assert/strict';
import { alone, visitor } from './shop.js';

/** The page, what of its first view came with it, and what it shows of that. @type {[string, RegExp[], string, RegExp][]} */
const views = [
  ['/', [/^\/api\/products\?sort=newest/], 'h1', /\w/],
  ['/c/electronics', [/^\/api\/categories$/, /^\/api\/products\?category=electronics&/], 'h1', /^Electronics$/],
  ['/search?q=boots&sort=-price&minPrice=1', [/^\/api\/products\?search=boots&minPrice=1&sort=-price/], 'h1', /boots/],
  ['/p/chelsea-boots', [/^\/api\/products\/by-slug\/chelsea-boots$/, /^\/api\/products\?category=/], 'h1', /^Chelsea Boots$/],
];

/** @type {[string, (shop: any) => Promise<void>][]} */
export const firstView = [
  ['the first view of home, lists and products asks the API nothing', async (shop) => {
    for (const [path, injected, what, shows] of views) {
      const guest = await visitor(shop);
      /** @type {string[]} */
      const asked = [];
      await guest.page.route('**/api/**', (/** @type {any} */ r) => {
        asked.push(r.request().url().slice(shop.base.length));
        return r.abort(); // so that what is shown cannot have been asked for
      });
      const served = /<title>(.*?)<\/title>/.exec(await (await guest.go(path)).text())?.[1];
      await guest.settled();
      assert.equal(await guest.page.title(), served, path);
      const given = Object.keys(JSON.parse(await guest.page.locator('#first').textContent()));
      for (const pattern of injected) assert.ok(given.some((g) => pattern.test(g)), `${path} brings ${given}`);
      assert.deepEqual(asked, [], path);
      assert.match(await guest.page.locator(what).innerText(), shows);
      assert.ok(await guest.page.locator('main .price').first().isVisible(), path);
      assert.equal(await guest.page.getByRole('alert').count(), 0, path);
      await guest.close();
    }
  }],
  ['without scripts a page shows its text, and an unknown address is not found', alone(async (guest) => {
    const { page } = guest;
    const seen = async (/** @type {string} */ path, /** @type {number} */ status) => {
      const answer = await guest.go(path);
      assert.equal(answer.status(), status, path);
      return page.locator('body').innerText();
    };
    const product = await seen('/p/chelsea-boots', 200);
    assert.match(product, /Chelsea Boots/);
    assert.match(product, /159\.00 USD/);
    assert.match(product, /so that a cobbler can love them/);
    for (const path of ['/', '/c/electronics']) {
      assert.match(await seen(path, 200), /\d+\.\d\d USD/);
      assert.ok(await page.locator('main a[href^="/p/"]').count() > 10, path);
    }
    await page.locator('main a[href^="/p/"]').first().click();
    assert.match(page.url(), /\/p\//);
    for (const path of ['/nowhere', '/p/nothing-here', '/c/nothing-here', '/orders/nothing', '/account/nothing']) {
      assert.match(await seen(path, 404), /JavaScript/, path);
      assert.match(await page.title(), /^Not found/, path);
    }
  }, { javaScriptEnabled: false })],
  ['an unknown address is not found, in words of the shop', alone(async (guest) => {
    for (const path of ['/nowhere', '/p/nothing-here', '/c/nothing-here']) {
      assert.equal((await guest.go(path)).status(), 404, path);
      await guest.page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
      await guest.page.getByRole('link', { name: 'See all products' }).waitFor();
    }
  })],
  ['search engines are told what a page is about', async (shop) => {
    const head = async (/** @type {string} */ path) => (await (await fetch(shop.base + path)).text()).split('</head>')[0];
    const product = await head('/p/chelsea-boots');
    assert.match(product, /<title>Chelsea Boots – /);
    for (const part of ['name="description" content="Welted', 'rel="canonical" href="', 'property="og:image" content="']) assert.ok(product.includes(part), part);
    const linked = JSON.parse(/<script type="application\/ld\+json">(.*?)<\/script>/.exec(product)?.[1] ?? '{}');
    assert.equal(linked['@type'], 'Product');
    assert.equal(linked.offers.price, 159);
    assert.match(await head('/c/electronics'), /"BreadcrumbList"/);
    for (const path of ['/cart', '/checkout', '/login', '/account', '/nowhere']) assert.match(await head(path), /content="noindex"/, path);
  }],
];
