// Password, second factor, and where the account is signed in.
// @ts-check
import { Time, announce, go, html, post, request, useData, useState, useStore } from '../app/core.js';
import { ended, user } from '../app/shop.js';
import { AccountFrame } from '../components/account.js';
import { Field, FormFrame, useForm } from '../components/form.js';
import { TwoFactor } from '../components/two_factor.js';
import { Alert, Button, ErrorState, Hidden, Loaded } from '../components/ui.js';

function Password() {
  const [saved, done] = useState(false);
  const empty = { currentPassword: '', newPassword: '' };
  const form = useForm(empty, async (v) => {
    done(false);
    await post('/api/users/me/password', v);
    form.setValues(empty);
    done(true);
  }, (problem) => (problem.slug === 'wrong-password' ? { currentPassword: 'This is not your password.' } : null));
  return html`<section class="card" aria-labelledby="password"><h2 id="password">Password</h2>
    ${saved && html`<${Alert} kind="ok"><p>Your password is changed. You are logged out everywhere else.</p></${Alert}>`}
    <${FormFrame} form=${form} action="Change password" wide=${false}>
      <${Field} form=${form} name="currentPassword" label="Password now" type="password" required autocomplete="current-password" />
      <${Field} form=${form} name="newPassword" label="New password" type="password" required minlength="8" maxlength="128" autocomplete="new-password"
        hint="At least 8 characters." /></${FormFrame}></section>`;
}

function Sessions() {
  const from = useData('/api/users/me/sessions?limit=50');
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const end = async (/** @type {any} */ session) => {
    try {
      await request('DELETE', `/api/users/me/sessions/${session.id}`);
      announce(`${session.device} is logged out.`);
      setError(null);
      from.reload();
    } catch (e) {
      setError(e);
    }
  };
  const everywhere = async () => {
    try {
      await post('/api/users/logout-everywhere', undefined);
      ended();
      go('/login');
    } catch (e) {
      setError(e);
    }
  };
  return html`<section class="card" aria-labelledby="sessions"><h2 id="sessions">Where you are logged in</h2>
    ${error && html`<${ErrorState} error=${error} />`}
    <${Loaded} from=${from}>${(/** @type {any} */ data) => html`<ul class="log">${data.items.map((/** @type {any} */ s) => html`<li key=${s.id}>
      <span>${s.device} ${s.current && html`<span class="badge ok">This one</span>`}<br /><span class="small">Last seen <${Time} at=${s.lastSeenAt} /></span></span>
      ${!s.current && html`<${Button} kind="ghost" onClick=${() => end(s)}>Log out<${Hidden}> ${s.device}</${Hidden}></${Button}>`}</li>`)}</ul>
      <${Button} kind="danger" onClick=${everywhere}>Log out everywhere</${Button}>`}</${Loaded}></section>`;
}

function Security() {
  const who = useStore(user);
  return html`<${Password} /><${TwoFactor} on=${who.twoFactorEnabled} /><${Sessions} />`;
}

export default function SecurityPage() {
  return html`<${AccountFrame} title="Security"><${Security} /></${AccountFrame}>`;
}
