// Accounts: profile, addresses, mailed links, the second factor, one's data.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { alone, ask } from './shop.js';
import { addOne, beginSecondFactor, codesKept, finishSecondFactor, logIn, logOut, placeOrder, register, totp, typeLogIn, typeNewcomer } from './steps.js';

/** The link of the newest mail to somebody, once it has come. @param {any} shop @param {string} to @param {string} page */
async function mailed(shop, to, page) {
  for (let i = 0; i < 100; ++i) {
    const links = shop.mail(to).flatMap((/** @type {string} */ t) => t.match(new RegExp(`/${page}#token=[\\w.~-]+`)) ?? []);
    if (links.length) return links.at(-1);
    await new Promise((done) => setTimeout(done, 100));
  }
  return assert.fail(`no mail with ${page} came to ${to}`);
}

/** @type {[string, (shop: any) => Promise<void>][]} */
export const accounts = [
  ['a profile and an address are kept, and the address is offered at the check-out', alone(async (guest) => {
    const { page } = guest;
    await register(guest, '/account');
    await page.getByRole('heading', { name: 'Profile' }).waitFor();
    await page.getByLabel('First name').fill('Viola');
    await page.getByLabel('Phone (optional)').fill('+44 117 496 0000');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your profile is saved.').waitFor();
    await page.reload();
    assert.equal(await page.getByLabel('First name').inputValue(), 'Viola');
    await page.getByRole('link', { name: 'Addresses' }).click();
    await page.getByRole('button', { name: 'Add an address' }).click();
    await page.getByLabel(/^Name, such as/).fill('Home');
    await page.getByLabel('Street and number').fill('1 Mill Lane');
    await page.getByLabel('Postcode').fill('EX1 1AA');
    await page.getByLabel('City').fill('Exeter');
    await page.getByLabel('Country').fill('UK');
    await page.getByRole('button', { name: 'Save address' }).click();
    await page.getByText('1 Mill Lane, EX1 1AA, Exeter, UK').first().waitFor();
    await addOne(guest, 'books', 2);
    await guest.go('/checkout');
    await page.getByRole('radio', { name: /1 Mill Lane/ }).waitFor();
    assert.ok(await page.getByRole('radio', { name: /1 Mill Lane/ }).isChecked());
    await placeOrder(guest);
    await page.getByText('Thank you. Your order is confirmed.').waitFor();
  })],
  ['the server\'s words stand at the field, and what was typed stays', alone(async (guest) => {
    const { page } = guest;
    const { email } = await register(guest);
    await logOut(guest);
    await guest.go('/register');
    await typeNewcomer(guest, email, 'password');
    await page.locator('[name=password][aria-invalid=true]').waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'E-mail' }).inputValue(), email);
    await page.getByLabel('Password', { exact: true }).fill('violet teapot 72');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('There is already an account with this e-mail.').waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'email');
  })],
  ['mailed links confirm an address and choose a new password', alone(async (guest, shop) => {
    const { page } = guest;
    const { email } = await register(guest);
    await guest.go(await mailed(shop, email, 'verify-email'));
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('Thank you: your e-mail address is confirmed.').waitFor();
    await logOut(guest);
    await guest.go('/forgot-password');
    await page.getByLabel('E-mail').fill(email);
    await page.getByRole('button', { name: 'Send me a link' }).click();
    await page.getByText('a link to a new password is on its way').waitFor();
    const link = await mailed(shop, email, 'reset-password');
    await guest.go('/');
    await guest.go(link);
    await page.getByLabel('New password', { exact: true }).fill('green kettle 19');
    assert.ok(!page.url().split('#')[0].includes('token'), 'the secret is in what a server sees');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Your password is changed.').waitFor();
    await logIn(guest, email, 'green kettle 19');
    await guest.go('/');
    await guest.go(link);
    await page.getByLabel('New password', { exact: true }).fill('green kettle 20');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('This link was used already').waitFor();
  })],
  ['a second factor is set up, asked for at the log-in, and switched off', alone(async (guest) => {
    const { page } = guest;
    const { email, password } = await register(guest, '/account/security');
    const secret = await beginSecondFactor(guest);
    await page.getByLabel('Code of your app').fill('000000');
    await page.getByRole('button', { name: 'Switch on' }).click();
    await page.getByText('This code is not right').waitFor();
    const codes = await finishSecondFactor(guest, secret);
    assert.equal(codes.length, 10);
    const saving = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Save as a file' }).click();
    assert.equal(readFileSync(await (await saving).path(), 'utf8'), `${codes.join('\n')}\n`);
    await codesKept(guest);
    await logOut(guest);
    const inside = () => page.waitForURL((/** @type {URL} */ url) => url.pathname === '/account/security');
    const enter = async (/** @type {string} */ code) => {
      await page.getByLabel('Code').fill(code);
      await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
    };
    await guest.go('/login?next=/account/security');
    await typeLogIn(guest, email, password);
    await enter(totp(secret, 1)); // that of now was used to switch it on
    await inside();
    await logOut(guest);
    await guest.go('/login?next=/account/security');
    await typeLogIn(guest, email, password);
    await enter(codes[0]);
    await inside();
    await logOut(guest);
    await guest.go('/login?next=/account/security');
    await typeLogIn(guest, email, password);
    await enter(codes[0]);
    await page.getByText('was used already').waitFor();
    await enter(codes[1]);
    await inside();
    await page.getByText('Switch it off').click();
    await page.getByRole('textbox', { name: 'Password', exact: true }).fill(password);
    await page.getByLabel('Code of your app, or a recovery code').fill(codes[2]);
    await page.getByRole('button', { name: 'Switch off' }).click();
    await page.getByRole('button', { name: 'Set up two-step log-in' }).waitFor();
  })],
  ['the password is changed, and other sessions are ended', alone(async (guest, shop) => {
    const { page } = guest;
    const { email, password } = await register(guest, '/account/security');
    await ask(shop, 'POST', '/api/users/login', { email, password });
    await page.reload();
    await page.getByRole('button', { name: /^Log out (?!everywhere)\S/ }).first().click();
    await page.waitForFunction(() => document.querySelectorAll('.log li').length === 2);
    await page.getByLabel('Password now', { exact: true }).fill('not it');
    await page.getByLabel('New password', { exact: true }).fill('green kettle 21');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('This is not your password.').waitFor();
    await page.getByLabel('Password now', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Your password is changed.').waitFor();
  })],
  ['one\'s data is saved as a file, and the account erased', alone(async (guest) => {
    const { page } = guest;
    const { email, password } = await register(guest, '/account/privacy');
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save my data' }).click();
    const data = JSON.parse(readFileSync(await (await saving).path(), 'utf8'));
    assert.ok(JSON.stringify(data.user).includes(email));
    await page.getByLabel('To be sure, type your e-mail address').fill('other@shop.example');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Erase my account' }).click();
    await page.getByText('Type the e-mail address of this account.').waitFor();
    await page.getByLabel('To be sure, type your e-mail address').fill(email);
    await page.getByRole('button', { name: 'Erase my account' }).click();
    await page.getByRole('link', { name: 'Log in' }).first().waitFor();
    assert.equal((await guest.api('GET', '/api/users/me')).status, 401);
  })],
];
