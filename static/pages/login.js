// Log in; with a second step where the account has a second factor.
// @ts-check
import { Problem, go, html, safeNext, useEffect, useRef, useState, useStore, useTitle } from '../app/core.js';
import { logIn, user } from '../app/shop.js';
import { Field, FormFrame, useForm } from '../components/form.js';
import { Button } from '../components/ui.js';

/** Six digits are of the app; anything else is a recovery code. @param {string} text @returns {Record<string, string>} */
const codeOf = (text) => {
  const typed = text.replace(/\s/g, '');
  if (!typed) return {};
  return /^\d{6}$/.test(typed) ? { totpCode: typed } : { recoveryCode: typed };
};

/** @param {{query: URLSearchParams}} props */
export default function LogIn({ query }) {
  useTitle('Log in');
  const who = useStore(user);
  const next = query.get('next');
  const [second, ask] = useState(false);
  const code = useRef(/** @type {HTMLElement | null} */ (null));
  const form = useForm({ email: '', password: '', code: '' }, async (v) => {
    try {
      await logIn(v.email, v.password, codeOf(v.code));
    } catch (e) {
      if (!(e instanceof Problem) || e.slug !== 'two-factor-required') throw e;
      ask(true);
    }
  }, (problem) => (problem.slug === 'wrong-code' ? { code: 'This code is not right, or was used already. Is the clock of your device right?' } : null));
  useEffect(() => { if (second) code.current?.querySelector('input')?.focus(); }, [second]);
  useEffect(() => { if (who) go(safeNext(next), { replace: true }); }, [who]);
  return html`<div class="form card"><h1>${second ? 'One more step' : 'Log in'}</h1>
    <${FormFrame} form=${form} action="Log in" after=${second && html`<${Button} kind="ghost" wide onClick=${() => { ask(false); form.set('code', ''); }}>Back</${Button}>`}>
      <div hidden=${second}><${Field} form=${form} name="email" label="E-mail" type="email" required autocomplete="username" maxlength="254" />
        <${Field} form=${form} name="password" label="Password" type="password" required autocomplete="current-password" /></div>
      ${second && html`<div ref=${code}><${Field} form=${form} name="code" label="Code" required autocomplete="one-time-code" maxlength="64"
        hint="The six digits of your authenticator app, or a recovery code." /></div>`}</${FormFrame}>
    ${!second && html`<p><a href="/forgot-password">Forgot your password?</a></p>
      <p>New here? <a href=${`/register${next ? `?next=${encodeURIComponent(safeNext(next))}` : ''}`}>Create an account</a></p>`}</div>`;
}
