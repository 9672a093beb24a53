// Create an account, then log in to it.
// @ts-check
import { go, html, newKey, post, safeNext, useEffect, useRef, useStore, useTitle } from '../app/core.js';
import { logIn, user } from '../app/shop.js';
import { Checkbox, Field, FormFrame, useForm } from '../components/form.js';

const taken = { email: 'There is already an account with this e-mail.' };

/** @param {{query: URLSearchParams}} props */
export default function Register({ query }) {
  useTitle('Create an account');
  const who = useStore(user);
  const next = query.get('next');
  const made = useRef({ body: '', key: '' });
  const form = useForm({ firstName: '', lastName: '', email: '', password: '', gdprConsent: false }, async (v) => {
    const body = JSON.stringify(v);
    if (made.current.body !== body) made.current = { body, key: newKey() };
    await post('/api/users/register', v, { 'Idempotency-Key': made.current.key });
    await logIn(v.email, v.password);
  }, (problem) => (problem.slug === 'email-taken' ? taken : null));
  useEffect(() => { if (who) go(safeNext(next), { replace: true }); }, [who]);
  return html`<div class="form card"><h1>Create an account</h1><${FormFrame} form=${form} action="Create account">
      <div class="pair"><${Field} form=${form} name="firstName" label="First name" required autocomplete="given-name" maxlength="100" />
        <${Field} form=${form} name="lastName" label="Last name" required autocomplete="family-name" maxlength="100" /></div>
      <${Field} form=${form} name="email" label="E-mail" type="email" required autocomplete="username" maxlength="254" />
      <${Field} form=${form} name="password" label="Password" type="password" required minlength="8" maxlength="128" autocomplete="new-password"
        hint="At least 8 characters. A few random words are easy to remember." />
      <${Checkbox} form=${form} name="gdprConsent" required>I agree that my name, e-mail and addresses are kept to carry out my orders.</${Checkbox}>
    </${FormFrame}><p>Already a customer? <a href=${`/login${next ? `?next=${encodeURIComponent(safeNext(next))}` : ''}`}>Log in</a></p></div>`;
}
