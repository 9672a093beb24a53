// Create an account, then log in to it.
// @ts-check
import { el, field } from '../app/dom.js';
import { post, Problem } from '../app/api.js';
import { logIn } from '../app/state.js';
import { errorBox } from '../app/main.js';

export function render() {
  /** @type {Record<string, ReturnType<typeof field>>} */
  const fields = {
    firstName: field('First name', { name: 'firstName', required: true, autocomplete: 'given-name', maxlength: 100 }),
    lastName: field('Last name', { name: 'lastName', required: true, autocomplete: 'family-name', maxlength: 100 }),
    email: field('E-mail', { type: 'email', name: 'email', required: true, autocomplete: 'username', maxlength: 254 }),
    password: field('Password', { type: 'password', name: 'password', required: true, minlength: 8, maxlength: 128,
      autocomplete: 'new-password' }, 'At least 8 characters. A few random words are easy to remember.'),
  };
  const consent = /** @type {HTMLInputElement} */ (el('input', { type: 'checkbox', id: 'consent', required: true }));
  const problem = el('div', null);
  const button = /** @type {HTMLButtonElement} */ (el('button.button.wide', { type: 'submit' }, 'Create account'));
  const submit = async (/** @type {Event} */ e) => {
    e.preventDefault();
    button.disabled = true;
    problem.replaceChildren();
    try {
      const body = Object.fromEntries(Object.entries(fields).map(([k, f]) => [k, f.input.value]));
      await post('/api/users/register', { ...body, gdprConsent: consent.checked });
      await logIn(body.email, body.password);
      location.hash = '#/';
    } catch (error) {
      const wrong = error instanceof Problem ? error.body.errors ?? [] : [];
      for (const { pointer, detail } of wrong) fields[pointer.slice(1)]?.show(detail);
      if (error instanceof Problem && error.slug === 'email-taken') fields.email.show('There is already an account with this e-mail.');
      problem.replaceChildren(errorBox(error, undefined));
    } finally {
      button.disabled = false;
    }
  };
  return el('div.form', null, el('h1', null, 'Create an account'), problem,
    el('form', { onsubmit: submit }, Object.values(fields).map((f) => f.wrap),
      el('div.check', null, consent, el('label', { for: 'consent' },
        'I agree that my name, e-mail and addresses are kept to carry out my orders.')), button),
    el('p', null), el('p', null, 'Already a customer? ', el('a', { href: '#/login' }, 'Log in')));
}
