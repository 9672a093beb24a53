// Confirm an e-mail address, by the link of a mail. A button does it: programs that only look at links must not.
// @ts-check
import { Problem, get, html, post, useState, useTitle } from '../app/core.js';
import { mailedToken } from '../app/mailed.js';
import { setUser, user } from '../app/shop.js';
import { FormFrame, useForm } from '../components/form.js';
import { Alert } from '../components/ui.js';

export default function VerifyEmail() {
  useTitle('Confirm your e-mail address');
  const [token] = useState(mailedToken);
  const [end, ended] = useState('');
  const form = useForm({}, async () => {
    try {
      await post('/api/users/verify-email', { token });
      ended('done');
    } catch (e) {
      if (!(e instanceof Problem) || e.slug !== 'invalid-token') throw e;
      ended('stale');
      return;
    }
    if (user.get()) setUser(await get('/api/users/me'));
  });
  return html`<div class="form card"><h1>Confirm your e-mail address</h1>
    ${end === 'done' ? html`<${Alert} kind="ok"><p>Thank you: your e-mail address is confirmed. <a href="/search">See the products</a></p></${Alert}>`
    : end === 'stale' ? html`<${Alert}><p>This link was used already, or is too old. <a href="/account">Ask for another one in your profile</a></p></${Alert}>`
      : html`<${FormFrame} form=${form} action="Confirm" />`}</div>`;
}
