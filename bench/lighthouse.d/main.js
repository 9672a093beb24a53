// Opens each page as Lighthouse does and holds the scores against what they must be. See ../lighthouse.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { demoPassword, root, serve } from '../../tests/browser/server.js';

const packages = process.env.LIGHTHOUSE_PACKAGES ?? '.';
const load = async (/** @type {string} */ name) => import(pathToFileURL(createRequire(join(packages, 'packages.js')).resolve(name)).href);
const { default: lighthouse, generateReport } = await load('lighthouse');
const { default: puppeteer } = await load('puppeteer-core');

const least = 95;
const categories = [['performance', 'performance'], ['accessibility', 'accessibility'], ['best-practices', 'best practices'], ['seo', 'SEO']];
// Check-out and account are asked not to be found by search engines, which Lighthouse would count against them.
const all = categories.map(([id]) => id);
const pages = [
  { name: 'home', path: '/', held: all },
  { name: 'category', path: '/c/electronics', held: all },
  { name: 'product', path: '/p/chelsea-boots', held: all },
  { name: 'checkout', path: '/checkout', held: all.slice(0, 3), signedIn: true },
  { name: 'account', path: '/account', held: all.slice(0, 3), signedIn: true },
];
const figures = [['LCP', 'largest-contentful-paint', 'ms'], ['TBT', 'total-blocking-time', 'ms'], ['CLS', 'cumulative-layout-shift', ''],
  ['bytes', 'total-byte-weight', '']];

const [binary, ...rest] = process.argv.slice(2);
const option = (/** @type {string} */ name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
const runs = Number(option('--runs') ?? 3);
const chosen = pages.filter(({ name }) => name.includes(option('--only') ?? ''));
if (!(runs >= 1) || !chosen.length) {
  console.error('usage: bench/lighthouse [BINARY] [--publish] [--only home|category|product|checkout|account] [--runs N]');
  process.exit(2);
}
const loadBefore = loadavg()[0];

/** A port that is free; the server must know the address that the pages are asked under. @returns {Promise<number>} */
const freePort = () => new Promise((found) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    server.close(() => found(port));
  });
});
const port = await freePort();
const shop = await serve(binary, [`--server.public_url=http://127.0.0.1:${port}`], port);
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
const end = async (/** @type {number} */ code) => {
  await browser.close().catch(() => {});
  await shop.close();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end(1));

/** A customer with something in the cart; Lighthouse leaves cookies and the pages' own store as they are. @param {any} page */
async function signIn(page) {
  await page.goto(`${shop.base}/login`);
  await page.locator('[name=email]').fill('ada@shop.example');
  await page.locator('[name=password]').fill(demoPassword);
  await page.locator('main [type=submit]').click();
  await page.waitForFunction(() => location.pathname !== '/login');
  await page.goto(`${shop.base}/p/chelsea-boots`);
  await page.locator('article ::-p-text(Add to cart)').click();
  await page.locator('dialog ::-p-text(Check out)').wait();
}

/** The run in the middle, by its performance. @param {any} page @param {string} path */
async function measured(page, path) {
  const found = [];
  for (let lost = 0; found.length < runs;) {
    const { lhr } = await lighthouse(shop.base + path, { logLevel: 'error', onlyCategories: all }, undefined, page);
    if (lhr.runtimeError) { // such as a trace that the browser did not write
      if (++lost > 2) throw new Error(`${path}: ${lhr.runtimeError.message}`);
      continue;
    }
    if (lhr.finalDisplayedUrl !== shop.base + path) throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
    found.push(lhr);
  }
  return found.sort((a, b) => a.categories.performance.score - b.categories.performance.score)[Math.floor(runs / 2)];
}

/** What costs points in a category. @param {any} lhr @param {string} category @returns {string[]} */
const lost = (lhr, category) => lhr.categories[category].auditRefs.map((/** @type {any} */ ref) => ({ ...ref, audit: lhr.audits[ref.id] }))
  .filter((/** @type {any} */ { weight, audit }) => weight > 0 && audit.score !== null && audit.score < 0.9)
  .map((/** @type {any} */ { audit }) => `${audit.title}${audit.displayValue ? ` (${audit.displayValue})` : ''}`);

/** @type {string[]} */
const rows = [];
/** @type {string[]} */
const below = [];
try {
  for (const { name, path, held, signedIn } of chosen) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    if (signedIn) await signIn(page);
    const lhr = await measured(page, path);
    await context.close();
    writeFileSync(join(packages, `${name}.html`), generateReport(lhr, 'html'));
    const score = (/** @type {string} */ id) => Math.round(lhr.categories[id].score * 100);
    const shown = figures.map(([, id, unit]) => {
      const value = lhr.audits[id].numericValue;
      return unit ? `${Math.round(value)} ${unit}` : value < 1 ? value.toFixed(3) : String(Math.round(value));
    });
    rows.push(`| ${[name, ...all.map((id) => (held.includes(id) ? score(id) : '–')), ...shown].join(' | ')} |`);
    console.log(`lighthouse: ${name}: ${all.map((id) => `${id} ${score(id)}`).join(', ')}; ${figures.map(([title], i) => `${title} ${shown[i]}`).join(', ')}`);
    for (const id of held) {
      if (score(id) < least) below.push(`${name}: ${id} ${score(id)}`);
      if (score(id) < 100) for (const audit of lost(lhr, id)) console.log(`            ${id}: ${audit}`);
    }
  }
} catch (e) {
  console.error(e);
  await end(1);
}

const commit = execFileSync('git', ['-C', root, 'log', '-1', '--format=%h of %cs'], { encoding: 'utf8' }).trim();
const table = [`Measured ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commit}: ${cpus().length} × ${cpus()[0].model}, ${
  Math.floor(totalmem() / 2 ** 30)} GiB, Linux ${release()}, ${(await browser.version()).replace(/^\w+\//, 'Chromium ')}; load average before the run ${loadBefore.toFixed(1)}.`, '',
`| page | ${categories.map(([, title]) => title).join(' | ')} | ${figures.map(([title]) => title).join(' | ')} |`,
`|---${'|---:'.repeat(categories.length + figures.length)}|`, ...rows, ''].join('\n');
console.log(`\n${table}`);
if (rest.includes('--publish')) {
  const document = join(root, 'docs/performance.md');
  const [begin, finish] = ['begin', 'end'].map((mark) => `<!-- generated by bench/lighthouse: ${mark} -->\n`);
  const [before, after] = readFileSync(document, 'utf8').split(new RegExp(`${begin}[^]*${finish}`));
  writeFileSync(document, `${before}${begin}\n${table}\n${finish}${after}`);
  console.log('lighthouse: docs/performance.md written');
}
for (const text of below) console.log(`lighthouse: below ${least}: ${text}`);
await end(below.length ? 1 : 0);
