// The account's own page: name and phone, and whether the e-mail is confirmed.
// @ts-check
import { html, post, request, useState, useStore } from '../app/core.js';
import { setUser, user } from '../app/shop.js';
import { AccountFrame } from '../components/account.js';
import { Field, FormFrame, useForm } from '../components/form.js';
import { Alert } from '../components/ui.js';

/** @param {{email: string}} props */
function Unconfirmed({ email }) {
  const [sent, done] = useState(false);
  const form = useForm({}, async () => {
    await post('/api/users/verify-email/resend', { email });
    done(true);
  });
  return html`<${Alert} kind="note" title="Your e-mail address is not confirmed yet"><p>We sent a link to ${email}.</p>
    ${sent ? html`<p>Another one is on its way.</p>` : html`<${FormFrame} form=${form} kind="ghost" wide=${false} action="Send another link" />`}</${Alert}>`;
}

function Profile() {
  const who = useStore(user);
  const [saved, done] = useState(false);
  const form = useForm({ firstName: who.firstName, lastName: who.lastName, phone: who.phone ?? '' }, async (v) => {
    done(false);
    const { data } = await request('PATCH', '/api/users/me', { ...v, phone: v.phone.trim() || null });
    setUser(data);
    done(true);
  });
  return html`${!who.emailVerified && html`<${Unconfirmed} email=${who.email} />`}
    <section class="card" aria-label="Profile">${saved && html`<${Alert} kind="ok"><p>Your profile is saved.</p></${Alert}>`}
    <p><span class="small">E-mail</span><br />${who.email}</p>
    <${FormFrame} form=${form} action="Save" wide=${false}>
      <div class="pair"><${Field} form=${form} name="firstName" label="First name" required autocomplete="given-name" maxlength="100" />
        <${Field} form=${form} name="lastName" label="Last name" required autocomplete="family-name" maxlength="100" /></div>
      <${Field} form=${form} name="phone" label="Phone (optional)" type="tel" autocomplete="tel" minlength="3" maxlength="32" /></${FormFrame}></section>`;
}

export default function ProfilePage() {
  return html`<${AccountFrame} title="Profile"><${Profile} /></${AccountFrame}>`;
}
