// What visitors come for: finding, buying, following, cancelling.
import assert from 'node:assert/strict';
import { alone } from './shop.js';
import { addOne, atCheckout, bought, fillAddress, logIn, logOut, placeOrder, register, ship, typeLogIn } from './steps.js';

/** @type {[string, (shop: any) => Promise<void>][]} */
export const journeys = [
  ['a guest finds something, registers, and buys it once in spite of a double click', alone(async (guest) => {
    const { page } = guest;
    await guest.go('/');
    await page.getByRole('combobox', { name: 'Search products' }).fill('teapot');
    await page.keyboard.press('Enter');
    await page.locator('.product').getByRole('link').first().click();
    await page.getByRole('article').waitFor();
    const name = await page.getByRole('heading', { level: 1 }).innerText();
    await page.getByRole('button', { name: /one more of/ }).click();
    await page.getByRole('article').getByRole('button', { name: 'Add to cart' }).click();
    await page.getByRole('dialog').getByRole('link', { name: 'Check out' }).click();
    await page.getByRole('link', { name: 'Create an account' }).click();
    await register(guest);
    await page.waitForURL('**/checkout');
    await fillAddress(guest);
    await page.getByText(`2 × ${name}`).waitFor();
    await page.getByRole('button', { name: 'Place order' }).dblclick();
    await page.getByText('Thank you. Your order is confirmed.').waitFor();
    assert.equal((await guest.api('GET', '/api/orders')).body.total, 1);
    assert.deepEqual((await guest.api('GET', '/api/cart')).body.items, []);
    await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Your orders' }).click();
    await page.getByRole('link', { name: /Order #/ }).waitFor();
  })],
  ['a declined card loses nothing of what was typed, and another one pays', alone(async (guest) => {
    const { page } = guest;
    await atCheckout(guest);
    await page.getByLabel('Simulated card').selectOption({ label: 'Card that is declined' });
    await placeOrder(guest);
    await page.getByText('The payment was declined.').waitFor();
    assert.equal(await page.getByLabel('Street and number').inputValue(), '7 Quay Street');
    await page.getByLabel('Simulated card').selectOption({ label: 'Card that pays' });
    await placeOrder(guest);
    await page.getByText('Thank you. Your order is confirmed.').waitFor();
  })],
  ['a card whose answer is lost shows the order as being checked, and then settles it', alone(async (guest) => {
    const { page } = guest;
    await atCheckout(guest);
    await page.getByLabel('Simulated card').selectOption({ label: 'Card whose answer is lost' });
    await placeOrder(guest);
    await page.waitForURL('**/orders/*');
    await page.getByText('Confirmed', { exact: true }).waitFor({ timeout: 30_000 });
  })],
  ['what a guest put in joins the cart of the account at the log-in', alone(async (guest) => {
    const { page } = guest;
    const { email, password } = await register(guest);
    const first = await addOne(guest, 'garden', 0);
    await logOut(guest);
    await guest.go('/cart');
    await page.getByText('Your cart is empty').waitFor();
    await addOne(guest, 'garden', 0);
    await addOne(guest, 'garden', 0);
    const second = await addOne(guest, 'toys', 1);
    await logIn(guest, email, password);
    await guest.go('/cart');
    assert.equal(await page.getByLabel(`Quantity of ${first}`).inputValue(), '2');
    assert.equal(await page.getByLabel(`Quantity of ${second}`).inputValue(), '1');
    await page.reload();
    assert.equal(await page.getByLabel(`Quantity of ${first}`).inputValue(), '2');
  })],
  ['a wrong password is told, and costs a guest nothing', alone(async (guest) => {
    const { page } = guest;
    const name = await addOne(guest, 'books', 0);
    await guest.go('/login?next=/cart');
    await typeLogIn(guest, 'ada@shop.example', 'not her password');
    await page.getByRole('main').getByRole('alert').waitFor();
    assert.equal(await page.getByLabel('E-mail').inputValue(), 'ada@shop.example');
    await guest.go('/cart');
    await page.getByLabel(`Quantity of ${name}`).waitFor();
  })],
  ['lines of the cart are changed, taken out and put back', alone(async (guest) => {
    const { page } = guest;
    const name = await addOne(guest, 'books', 0);
    await guest.go('/cart');
    await page.getByLabel(`Quantity of ${name}`).fill('7');
    await page.keyboard.press('Enter');
    await page.reload();
    assert.equal(await page.getByLabel(`Quantity of ${name}`).inputValue(), '7');
    await page.getByRole('button', { name: `Remove ${name}` }).click();
    await page.getByText('Your cart is empty').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.equal(await page.getByLabel(`Quantity of ${name}`).inputValue(), '7');
  })],
  ['filters stand in the address, and going back brings the list back to its place', alone(async (guest, shop) => {
    const { page } = guest;
    await guest.go('/search');
    await page.getByRole('radio', { name: 'Electronics' }).check();
    await page.waitForURL('**/search?category=electronics');
    await page.getByLabel('Only what is in stock').check();
    await page.getByLabel('To', { exact: true }).fill('100');
    await page.keyboard.press('Tab');
    await page.waitForURL((/** @type {URL} */ url) => url.searchParams.get('maxPrice') === '100' && url.searchParams.get('inStock') === 'true');
    await page.getByRole('button', { name: /Up to/ }).waitFor();
    await page.getByLabel('Sort').selectOption('price');
    await page.waitForURL('**&sort=price');
    await page.locator('[aria-busy=false] .product').first().waitFor();
    const address = page.url();
    const prices = await page.locator('.product .price').allInnerTexts();
    const numbers = prices.map((/** @type {string} */ p) => Number(p.replace(/[^\d.]/g, '')));
    assert.ok(numbers.length > 3 && numbers.every((n) => n <= 100));
    assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
    const card = page.locator('.product').getByRole('link').nth(9);
    await card.scrollIntoViewIfNeeded();
    const before = await page.evaluate(() => scrollY);
    await card.click();
    await page.waitForURL('**/p/*');
    await page.getByRole('article').waitFor();
    assert.equal(await page.evaluate(() => scrollY), 0);
    await page.goBack();
    await page.waitForURL(address);
    await page.waitForFunction((/** @type {number} */ y) => Math.abs(scrollY - y) < 5, before);
    await page.goBack();
    await page.waitForURL((/** @type {URL} */ url) => !url.searchParams.has('sort'));
    await page.getByRole('button', { name: 'Clear all' }).click();
    await page.waitForURL(`${shop.base}/search`);
  })],
  ['another page of a list begins at its top', alone(async (guest) => {
    const { page } = guest;
    await guest.go('/search');
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByText('Page 2 of').waitFor();
    await page.waitForFunction(() => scrollY === 0);
    await page.goBack();
    await page.getByText('Page 1 of').waitFor();
    await page.waitForFunction(() => scrollY > 1000);
  })],
  ['the search box suggests, by keys alone', alone(async (guest) => {
    const { page } = guest;
    const box = page.getByRole('combobox', { name: 'Search products' });
    const found = page.locator('#found').getByRole('option');
    await guest.go('/');
    await box.focus();
    await page.keyboard.type('head');
    await found.first().waitFor();
    await page.keyboard.press('ArrowDown');
    assert.equal(await found.first().getAttribute('aria-selected'), 'true');
    await page.keyboard.press('Enter');
    await page.waitForURL((/** @type {URL} */ url) => url.pathname !== '/');
    await box.fill('headd');
    await page.keyboard.press('Escape');
    assert.equal(await found.count(), 0);
  })],
  ['an order moves on before the eyes of who looks at it', alone(async (guest, shop) => {
    const { page } = guest;
    const id = await bought(guest, 'sports', 2);
    await page.waitForTimeout(500); // the stream of events must be open, which nothing on the page shows
    await ship(shop, (await guest.api('GET', `/api/orders/${id}`)).body);
    await page.getByText('CR-4711').waitFor({ timeout: 4_000 }); // sooner than the page asks by itself
    assert.equal(await page.locator('[aria-current=step]').innerText(), 'Shipped');
  })],
  ['an order is cancelled, after a question', alone(async (guest) => {
    const { page } = guest;
    await bought(guest, 'toys', 2);
    await page.getByRole('button', { name: 'Cancel order' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('button', { name: 'Cancel order' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /Cancel order #/ }).click();
    await page.getByText('You cancelled it.').waitFor();
    await page.getByText('Refunded', { exact: true }).waitFor();
  })],
];
