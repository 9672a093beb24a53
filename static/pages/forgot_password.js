// Ask for a mail with a link to a new password.
// @ts-check
import { html, post, useState, useTitle } from '../app/core.js';
import { Field, FormFrame, useForm } from '../components/form.js';
import { Alert } from '../components/ui.js';

export default function ForgotPassword() {
  useTitle('Forgot your password?');
  const [sent, done] = useState(false);
  const form = useForm({ email: '' }, async (v) => {
    done(false);
    await post('/api/users/password/forgot', v);
    done(true);
  });
  return html`<div class="form card"><h1>Forgot your password?</h1>
    ${sent && html`<${Alert} kind="ok"><p>If there is an account with this e-mail, a link to a new password is on its way to it.</p></${Alert}>`}
    <${FormFrame} form=${form} action=${sent ? 'Send another link' : 'Send me a link'}>
      <${Field} form=${form} name="email" label="E-mail" type="email" required autocomplete="username" maxlength="254" /></${FormFrame}></div>`;
}
