// The shop under test: a server with demo data, a browser, and what visitors do in it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const packages = createRequire(join(process.env.BROWSER_PACKAGES ?? '.', 'packages.js'));
export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const demoPassword = 'Demo-Shop-26';
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** @param {string} binary @param {string[]} more  options of the server */
export async function openShop(binary, more) {
  const data = mkdtempSync(join(tmpdir(), 'cloudretail-browser-'));
  const remove = () => rmSync(data, { recursive: true, force: true });
  const demo = spawnSync(binary, ['demo', '--data-dir', data], { encoding: 'utf8', timeout: 120_000 });
  if (demo.status !== 0) {
    remove();
    throw new Error(`the demo data could not be loaded: ${demo.error ?? demo.stderr}`);
  }
  const server = spawn(binary, ['serve', '--data-dir', data, '--gateway.port=0', '--ui.port=0', '--management.port=0', ...more],
    { stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = new Promise((done) => server.once('exit', done));
  const close = async () => {
    server.kill('SIGTERM');
    const late = setTimeout(() => server.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(late);
    remove();
  };
  const base = await new Promise((found, fail) => {
    let text = '';
    server.stdout.on('data', (part) => {
      text += part;
      const ready = /^ready .*ui=(\S+)/m.exec(text);
      if (ready) found(ready[1]);
    });
    gone.then(() => fail(new Error(`the server did not start: ${text}`)));
  }).catch(async (e) => {
    await close();
    throw e;
  });
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
 * A visitor with a browser of their own. What the pages complain about is kept; that an address answers 4xx is the
 * network's line and no complaint.
 * @param {any} shop @param {any} [options] of the browser's context
 */
export async function visitor(shop, options = {}) {
  const context = await shop.browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  /** @type {string[]} */
  const complaints = [];
  page.on('console', (/** @type {any} */ m) => {
    if (m.type() !== 'error' && m.type() !== 'warning') return;
    if (/Failed to load resource: the server responded with a status of 4\d\d/.test(m.text())) return;
    complaints.push(`${page.url()}: ${m.text()}`);
  });
  page.on('pageerror', (/** @type {Error} */ e) => complaints.push(`${page.url()}: ${e.message}`));
  return {
    page,
    context,
    complaints,
    go: (/** @type {string} */ path) => page.goto(shop.base + path),
    /** What the API answers this visitor. */
    api: (/** @type {string} */ method, /** @type {string} */ path, /** @type {any} */ body) =>
      page.evaluate(async (/** @type {any[]} */ [m, p, b]) => {
        const answer = await fetch(p, { method: m, headers: { 'Content-Type': 'application/json' }, body: b ? JSON.stringify(b) : undefined });
        const text = await answer.text();
        return { status: answer.status, body: text ? JSON.parse(text) : null };
      }, [method, path, body]),
    close: () => context.close(),
  };
}

/** @typedef {Awaited<ReturnType<typeof visitor>>} Visitor */

export async function logIn(/** @type {Visitor} */ { page, go }, /** @type {string} */ email, password = demoPassword) {
  await go('/login');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL((/** @type {URL} */ url) => url.pathname !== '/login');
}

let people = 0;

export async function register(/** @type {Visitor} */ { page }, password = 'violet teapot 71') {
  const email = `visitor${++people}@shop.example`;
  await page.getByLabel('First name').fill('Vi');
  await page.getByLabel('Last name').fill('Sitor');
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.waitForURL((/** @type {URL} */ url) => url.pathname !== '/register');
  return { email, password };
}

/** Puts the n-th product that is to be had of a category into the cart; the drawer is closed again. */
export async function addOne(/** @type {Visitor} */ { page, go }, category = 'kitchen', n = 0) {
  await go(`/c/${category}`);
  const card = page.locator('.product').filter({ has: page.getByRole('button') }).nth(n);
  const name = await card.getByRole('heading').innerText();
  await card.getByRole('button', { name: 'Add to cart' }).click();
  await page.getByRole('dialog').getByRole('link', { name }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  return name;
}

export async function fillAddress(/** @type {Visitor} */ { page }) {
  await page.getByLabel('Street and number').fill('7 Quay Street');
  await page.getByLabel('Postcode').fill('BS1 4QA');
  await page.getByLabel('City').fill('Bristol');
  await page.getByLabel('Country').fill('UK');
}
