// What visitors do: they register, log in and out, fill carts, order, and go by keys.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { ask, demoPassword, tokenOf } from './shop.js';

/** @typedef {import('./shop.js').Visitor} Visitor */

/** Fills the log-in's form, wherever it leads. */
export async function typeLogIn(/** @type {Visitor} */ { page }, /** @type {string} */ email, password = demoPassword) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
}

export async function logIn(/** @type {Visitor} */ guest, /** @type {string} */ email, password = demoPassword) {
  await guest.go('/login');
  await typeLogIn(guest, email, password);
  await guest.page.waitForURL((/** @type {URL} */ url) => url.pathname !== '/login');
}

export async function logOut(/** @type {Visitor} */ { page, go }) {
  await go('/account');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('link', { name: 'Log in' }).first().waitFor();
}

let people = 0;

/** Fills the form of the registration with a name of its own. */
export async function typeNewcomer(/** @type {Visitor} */ { page }, email = `visitor${++people}@shop.example`, password = 'violet teapot 71') {
  await page.getByLabel('First name').fill('Vi');
  await page.getByLabel('Last name').fill('Sitor');
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Create account' }).click();
  return { email, password };
}

/** Registers on the page that is open, or on one that leads on. */
export async function register(/** @type {Visitor} */ guest, next = '') {
  if (new URL(guest.page.url(), 'http://nowhere').pathname !== '/register' || next)
    await guest.go(`/register${next && `?next=${next}`}`);
  const who = await typeNewcomer(guest);
  await guest.page.waitForURL((/** @type {URL} */ url) => url.pathname !== '/register');
  return who;
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

export const placeOrder = (/** @type {Visitor} */ { page }) => page.getByRole('button', { name: 'Place order' }).click();

/** Somebody new before the last step of buying. */
export async function atCheckout(/** @type {Visitor} */ guest, category = 'kitchen', n = 0) {
  const who = await register(guest);
  const name = await addOne(guest, category, n);
  await guest.go('/checkout');
  await fillAddress(guest);
  return { ...who, name };
}

/** Somebody new, an order placed and shown. @returns {Promise<string>} the order's id */
export async function bought(/** @type {Visitor} */ guest, category = 'kitchen', n = 0) {
  await atCheckout(guest, category, n);
  await placeOrder(guest);
  await guest.page.getByText('Thank you. Your order is confirmed.').waitFor();
  return new URL(guest.page.url()).pathname.split('/')[2];
}

const vendors = ['northlight', 'copper', 'hearth', 'greenhand', 'lantern', 'trailhead'];

/** The vendor of an order's only line ships it. @param {any} shop @param {any} order */
export async function ship(shop, order) {
  for (const name of vendors) {
    const { user, Authorization } = await tokenOf(shop, `${name}@shop.example`);
    if (user.id !== order.items[0].vendorId) continue;
    const answer = await ask(shop, 'PATCH', `/api/orders/${order.id}/status`, { status: 'shipped', trackingNumber: 'CR-4711' }, { Authorization });
    assert.equal(answer.status, 200);
    return;
  }
  assert.fail('no vendor has this order');
}

/** RFC 6238 with the usual choices. @param {string} secret in base 32 @param {number} ahead steps of half a minute */
export function totp(secret, ahead = 0) {
  let bits = '';
  for (const c of secret.replace(/[\s=]/g, '')) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const hash = createHmac('sha1', key).update(counter).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** On the page of security; answers with the key that is shown beside the picture. */
export async function beginSecondFactor(/** @type {Visitor} */ { page }) {
  await page.getByRole('button', { name: 'Set up two-step log-in' }).click();
  assert.ok(await page.getByRole('img', { name: /QR code/ }).evaluate((/** @type {any} */ img) => img.decode().then(() => img.naturalWidth > 0)));
  return page.locator('.card code').innerText();
}

/** @param {Visitor} guest @param {string} secret @returns {Promise<string[]>} the recovery codes, which stay on the page */
export async function finishSecondFactor({ page }, secret) {
  await page.getByLabel('Code of your app').fill(totp(secret));
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByText('Your recovery codes').waitFor();
  return page.locator('.codes li').allInnerTexts();
}

export async function codesKept(/** @type {Visitor} */ { page }) {
  await page.getByLabel('I have stored them').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Logging in asks for a code').waitFor();
}
