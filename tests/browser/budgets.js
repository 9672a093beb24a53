// How much is sent, in how many requests, and how still the page stands while it comes.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root, visitor } from './shop.js';
import { addOne, logIn } from './steps.js';

const limits = { scripts: 40 * 1024, allScripts: 60 * 1024, styles: 14 * 1024, page: 6 * 1024, requests: 12, shift: 0.02 };

/** What somebody with an order and something in the cart may look at. @param {any} shop */
async function customer(shop) {
  const guest = await visitor(shop);
  await logIn(guest, 'ada@shop.example');
  await addOne(guest, 'books', 3);
  const order = (await guest.api('GET', '/api/orders?limit=1')).body.items[0].id;
  const storageState = await guest.context.storageState();
  await guest.close();
  return { storageState, order: `/orders/${order}` };
}

/** A folder that is worked on is served as it lies there; what the program holds, it compresses. */
const worked = /\/assets\/development\//;

/** A body as it was transferred, without headers. @param {any} request @returns {Promise<number>} */
const bodyBytes = async (request) => (worked.test(request.url()) ? gzipSync(await (await request.response()).body()).length
  : (await request.sizes()).responseBodySize);

/** A page as it comes to a browser that has nothing of it yet. @param {any} shop @param {string} path @param {any} options */
async function cold(shop, path, options) {
  const guest = await visitor(shop, options);
  /** @type {any[]} */
  const requests = [];
  guest.page.on('request', (/** @type {any} */ r) => r.url().startsWith('http') && requests.push(r));
  await guest.go(path);
  await guest.settled();
  /** @param {RegExp} kind */
  const bytes = async (kind) => {
    const sizes = await Promise.all(requests.filter((r) => kind.test(new URL(r.url()).pathname)).map(bodyBytes));
    return sizes.reduce((n, size) => n + size, 0);
  };
  const found = { scripts: await bytes(/\.js$/), styles: await bytes(/\.css$/), shift: await guest.shift(),
    urls: requests.map((r) => r.url()).filter((url) => !new URL(url).pathname.startsWith('/media/')) };
  assert.deepEqual(guest.complaints, []);
  await guest.close();
  return found;
}

/**
 * The page itself, compressed: without the answers for its first view and the same as text for who has no scripts,
 * which grow with what the shop sells; title, metadata and linked data are counted.
 * @param {any} shop @param {string} path
 */
async function pageBytes(shop, path) {
  const text = await (await fetch(shop.base + path)).text();
  const bare = text.replace(/<script type="application\/json" id="first">.*?<\/script>/s, '').replace(/<noscript><main.*?<\/noscript>/s, '');
  return gzipSync(bare).length;
}

/** @param {string} url @returns {Promise<number>} the bytes of a body as a browser gets it */
const transferred = (url) => new Promise((done, fail) => {
  get(url, { headers: { 'Accept-Encoding': 'gzip, deflate, br' } }, (answer) => {
    /** @type {Buffer[]} */
    const parts = [];
    answer.on('data', (part) => parts.push(part));
    answer.on('end', () => {
      const body = Buffer.concat(parts);
      if (answer.statusCode === 200) done((worked.test(url) ? gzipSync(body) : body).length);
      else fail(new Error(`${url}: ${answer.statusCode}`));
    });
  }).on('error', fail);
});

/** @type {[string, (shop: any) => any][]} */
export const budgets = [
  ['every page is small, comes from nowhere else, and stands still while it comes', async (shop) => {
    const { storageState, order } = await customer(shop);
    /** @type {string[]} */
    const wrong = [];
    const still = ['/', '/c/electronics', '/p/chelsea-boots', '/checkout', order];
    for (const path of [...still, '/search?q=lamp', '/cart', '/login', '/register', '/forgot-password', '/reset-password', '/verify-email', '/orders',
      '/account', '/account/addresses', '/account/security', '/account/privacy']) {
      const options = /^\/(login|register|forgot|reset|verify)/.test(path) ? {} : { storageState };
      const { scripts, styles, urls, shift } = await cold(shop, path, options);
      const page = await pageBytes(shop, path);
      console.log(`      ${path.replace(order, '/orders/…').padEnd(20)} scripts ${scripts}, styles ${styles}, page ${page} bytes, requests ${urls.length}, shift ${shift.toFixed(4)}`);
      if (!scripts || scripts > limits.scripts) wrong.push(`${path}: scripts ${scripts}`);
      if (!styles || styles > limits.styles) wrong.push(`${path}: styles ${styles}`);
      if (page > limits.page) wrong.push(`${path}: page ${page}`);
      wrong.push(...urls.filter((url) => !url.startsWith(`${shop.base}/`)));
      const onPhone = still.includes(path) ? (await cold(shop, path, { ...options, viewport: { width: 360, height: 740 } })).shift : 0;
      for (const jump of [shift, onPhone]) if (jump > limits.shift) wrong.push(`${path}: layout shift ${jump.toFixed(4)}`);
    }
    assert.deepEqual(wrong, []);
  }],
  ['the front page comes in few requests, besides the pictures of products', async (shop) => {
    const { urls } = await cold(shop, '/', {});
    assert.ok(urls.length > 5 && urls.length <= limits.requests, urls.join('\n'));
  }],
  ['all scripts together are small', async (shop) => {
    const assets = /"([^"]+)\/app\/main\.js"/.exec(await (await fetch(shop.base)).text())?.[1];
    const files = ['app', 'components', 'pages', 'vendor'].flatMap((folder) => readdirSync(join(root, 'static', folder))
      .filter((f) => /^(?!swagger).*\.js$/.test(f)).map((f) => `${folder}/${f}`));
    const sizes = await Promise.all(files.map((f) => transferred(`${shop.base}${assets}/${f}`)));
    const all = sizes.reduce((n, size) => n + size, 0);
    console.log(`      scripts ${all} bytes in ${files.length} files`);
    assert.ok(files.length > 20 && all <= limits.allScripts, `${all} bytes`);
  }],
];
