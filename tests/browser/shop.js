// The shop under test: a server with demo data, a browser, and visitors.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { demoPassword, root, serve } from './server.js';

export { demoPassword, root };
export const packages = createRequire(join(process.env.BROWSER_PACKAGES ?? '.', 'packages.js'));
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** @param {string} binary @param {string[]} more  options of the server */
export async function openShop(binary, more) {
  const { base, data, close } = await serve(binary, more);
  const { chromium } = packages('playwright-core');
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags })
    .catch(async (/** @type {unknown} */ e) => {
      await close();
      throw e;
    });
  return {
    base,
    browser,
    /** The newest mail's text, its soft line ends joined. */
    mail(/** @type {string} */ to) {
      const folder = join(data, 'mail');
      const texts = readdirSync(folder).filter((n) => n.endsWith('.eml')).sort()
        .map((n) => readFileSync(join(folder, n), 'utf8').replace(/=\r?\n/g, '').replace(/=3D/g, '='));
      return texts.filter((t) => t.includes(to));
    },
    async close() {
      await browser.close().catch(() => {});
      await close();
    },
  };
}

/**
 * A visitor with a browser of their own. What the pages complain about is kept, breaches of their policy too; that an
 * address answers 4xx is the network's line and no complaint.
 * @param {any} shop @param {any} [options] of the browser's context
 */
export async function visitor(shop, options = {}) {
  const context = await shop.browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(15_000);
  await context.addInitScript(watch);
  const page = await context.newPage();
  /** @type {string[]} */
  const complaints = [];
  page.on('console', (/** @type {any} */ m) => {
    if (m.type() !== 'error' && m.type() !== 'warning') return;
    if (/Failed to load resource: the server responded with a status of 4\d\d/.test(m.text())) return;
    complaints.push(`${page.url()}: ${m.text()}`);
  });
  page.on('pageerror', (/** @type {Error} */ e) => complaints.push(`${page.url()}: ${e.message}`));
  page.on('dialog', (/** @type {any} */ d) => {
    complaints.push(`${page.url()}: a dialog opened: ${d.message()}`);
    d.dismiss();
  });
  const pending = new Set();
  page.on('request', (/** @type {any} */ r) => /^http(?!.*\/api\/events)/.test(r.url()) && pending.add(r));
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (/** @type {any} */ r) => pending.delete(r));
  return {
    page,
    context,
    complaints,
    go: (/** @type {string} */ path) => page.goto(shop.base + path),
    /** Goes on as by a link of the shop: what is shown is asked for, not brought by the page. */
    async follow(/** @type {string} */ path) {
      if (!page.url().startsWith(shop.base)) {
        await page.goto(`${shop.base}/cart`);
        await page.locator('h1').waitFor();
      }
      await page.evaluate((to) => {
        const link = document.createElement('a');
        link.href = to;
        document.body.append(link);
        link.click();
        link.remove();
      }, path);
    },
    /** Until the page shows what it is about, and asks nothing any more. */
    async settled() {
      await page.waitForFunction(() => !document.querySelector('.skeleton') && document.querySelector('h1'));
      const late = Date.now() + 15_000;
      for (let quiet = 0; quiet < 3; quiet = pending.size ? 0 : quiet + 1) {
        assert.ok(Date.now() < late, `still asked for: ${[...pending].map((r) => r.url())}`);
        await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); }));
      }
    },
    /** How far parts of the page have jumped since it was opened. @returns {Promise<number>} */
    shift: () => page.evaluate('shift'),
    /** What the API answers this visitor. */
    api: (/** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body = null) =>
      page.evaluate(async (/** @type {any[]} */ [m, p, b]) => {
        const answer = await fetch(p, { method: m, headers: { 'Content-Type': 'application/json' }, body: b ? JSON.stringify(b) : undefined });
        const text = await answer.text();
        return { status: answer.status, body: text ? JSON.parse(text) : null };
      }, [method, path, body]),
    close: () => context.close(),
  };
}

/** @typedef {Awaited<ReturnType<typeof visitor>>} Visitor */

/** Runs in every page before its own scripts: breaches of the policy are told, jumps of the layout added up. */
function watch() {
  addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.effectiveDirective} ${e.blockedURI} ${e.sample}`));
  const page = /** @type {any} */ (window);
  page.shift = 0;
  new PerformanceObserver((list) => {
    for (const jump of /** @type {any[]} */ (list.getEntries())) if (!jump.hadRecentInput) page.shift += jump.value;
  }).observe({ type: 'layout-shift', buffered: true });
}

/** A test with one visitor, whose pages must not complain. @param {(guest: Visitor, shop: any) => Promise<void>} test @param {any} [options] */
export const alone = (test, options) => async (/** @type {any} */ shop) => {
  const guest = await visitor(shop, options);
  try {
    await test(guest, shop);
    assert.deepEqual(guest.complaints, []);
  } finally {
    await guest.close();
  }
};

/** Asks the API without a browser. @param {any} shop @param {string} method @param {string} path @param {any} [body] @param {Record<string, string>} [headers] */
export async function ask(shop, method, path, body, headers = {}) {
  const answer = await fetch(shop.base + path, { method, headers: { 'Content-Type': 'application/json', ...headers }, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : null };
}

/** Logs in without a browser. @param {any} shop @param {string} email */
export async function tokenOf(shop, email) {
  const { body } = await ask(shop, 'POST', '/api/users/login', { email, password: demoPassword });
  return { user: body.user, Authorization: `Bearer ${body.token}` };
}
