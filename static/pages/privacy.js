// Personal data: to take along, and to have erased.
// @ts-check
import { Problem, announce, get, go, html, request, useState, useStore } from '../app/core.js';
import { ended, user } from '../app/shop.js';
import { AccountFrame } from '../components/account.js';
import { Field, FormFrame, useForm } from '../components/form.js';

/** Hands a file to the browser to save. @param {string} text @param {string} name */
function saveAs(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function Export() {
  const [done, set] = useState('');
  const form = useForm({}, async () => {
    const data = await get('/api/users/me/export');
    saveAs(JSON.stringify(data, null, 2), 'my-data.json');
    set('Your data is saved as my-data.json.');
  });
  return html`<section class="card" aria-labelledby="export"><h2 id="export">Your data</h2>
    <p>All that the shop keeps about you, your orders and your payments, in one file.</p>
    <${FormFrame} form=${form} action="Save my data" kind="ghost" wide=${false} after=${html`<span role="status">${done}</span>`} /></section>`;
}

const otherEmail = { pointer: '/email', detail: 'Type the e-mail address of this account.' };

function Erase() {
  const who = useStore(user);
  const form = useForm({ email: '', password: '' }, async (v) => {
    if (v.email.trim().toLowerCase() !== who.email.toLowerCase()) throw new Problem({ errors: [otherEmail] }, 422);
    await request('DELETE', '/api/users/me', { password: v.password });
    ended();
    go('/');
    announce('Your account is erased.');
  }, (problem) => (problem.slug === 'wrong-password' ? { password: 'This is not your password.' } : null));
  return html`<section class="card" aria-labelledby="erase"><h2 id="erase">Erase your account</h2>
    <p>Your name, e-mail, phone, addresses, cart and log-ins are gone at once, and cannot be brought back. What is not shipped is cancelled and the
      money given back. Orders and payments stay for the shop's books, without your name and address.</p>
    <${FormFrame} form=${form} action="Erase my account" kind="danger" wide=${false}>
      <${Field} form=${form} name="email" label="To be sure, type your e-mail address" type="email" required autocomplete="off" hint=${who.email} />
      <${Field} form=${form} name="password" label="Password" type="password" required autocomplete="current-password" /></${FormFrame}></section>`;
}

export default function PrivacyPage() {
  return html`<${AccountFrame} title="Privacy"><${Export} /><${Erase} /></${AccountFrame}>`;
}
