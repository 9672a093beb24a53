// Log in.
// @ts-check
import { el, field } from '../app/dom.js';
import { Problem } from '../app/api.js';
import { logIn } from '../app/state.js';
import { errorBox, here } from '../app/main.js';

/** Only addresses of this page are followed after logging in. */
const next = () => {
  const to = here().query.get('next') ?? '/';
  return /^\/[a-z0-9/-]*$/.test(to) ? to : '/';
};

/** Six digits are of the app; anything else is a recovery code. */
const codeOf = (/** @type {string} */ text) => {
  const typed = text.replace(/\s/g, '');
  if (!typed) return {};
  return /^\d{6}$/.test(typed) ? { totpCode: typed } : { recoveryCode: typed };
};

export function render() {
  const email = field('E-mail', { type: 'email', name: 'email', required: true, autocomplete: 'username', maxlength: 254 });
  const password = field('Password', { type: 'password', name: 'password', required: true, autocomplete: 'current-password' });
  const code = field('Code', { name: 'code', autocomplete: 'one-time-code', maxlength: 64 },
    'The six digits of your authenticator app, or a recovery code.');
  code.wrap.hidden = true;
  const problem = el('div', null);
  const button = /** @type {HTMLButtonElement} */ (el('button.button.wide', { type: 'submit' }, 'Log in'));
  return el('div.form', null, el('h1', null, 'Log in'), problem,
    el('form', { onsubmit: async (/** @type {Event} */ e) => {
      e.preventDefault();
      button.disabled = true;
      try {
        const to = next();
        await logIn(email.input.value, password.input.value, codeOf(code.input.value));
        location.hash = `#${to}`;
      } catch (error) {
        const asked = error instanceof Problem && error.slug === 'two-factor-required';
        if (asked) code.wrap.hidden = false;
        problem.replaceChildren(...(asked ? [] : [errorBox(error, undefined)]));
        (code.wrap.hidden ? password : code).input.focus();
      } finally {
        button.disabled = false;
      }
    } }, email.wrap, password.wrap, code.wrap, button),
    el('p', null), el('p', null, el('a', { href: '#/forgot-password' }, 'Forgot your password?')),
    el('p', null, 'New here? ', el('a', { href: '#/register' }, 'Create an account')));
}
