// Choose a new password, by the link of a mail.
// @ts-check
import { Problem, html, post, useState, useTitle } from '../app/core.js';
import { mailedToken } from '../app/mailed.js';
import { Field, FormFrame, useForm } from '../components/form.js';
import { Alert } from '../components/ui.js';

export default function ResetPassword() {
  useTitle('Choose a new password');
  const [token] = useState(mailedToken);
  const [end, ended] = useState('');
  const form = useForm({ newPassword: '' }, async (v) => {
    try {
      await post('/api/users/password/reset', { token, ...v });
      ended('done');
    } catch (e) {
      if (!(e instanceof Problem) || e.slug !== 'invalid-token') throw e;
      ended('stale');
    }
  });
  return html`<div class="form card"><h1>Choose a new password</h1>
    ${end === 'done' ? html`<${Alert} kind="ok"><p>Your password is changed. <a href="/login">Log in</a></p></${Alert}>`
    : end === 'stale' ? html`<${Alert}><p>This link was used already, or is too old. <a href="/forgot-password">Ask for another one</a></p></${Alert}>`
      : html`<${FormFrame} form=${form} action="Change password"><${Field} form=${form} name="newPassword" label="New password" type="password" required
          minlength="8" maxlength="128" autocomplete="new-password" hint="At least 8 characters. You are logged out everywhere else." /></${FormFrame}>`}</div>`;
}
