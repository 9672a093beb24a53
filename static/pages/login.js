// Log in.
// @ts-check
import { el, field } from '../app/dom.js';
import { logIn } from '../app/state.js';
import { errorBox, here } from '../app/main.js';

/** Only addresses of this page are followed after logging in. */
const next = () => {
  const to = here().query.get('next') ?? '/';
  return /^\/[a-z0-9/-]*$/.test(to) ? to : '/';
};

export function render() {
  const email = field('E-mail', { type: 'email', name: 'email', required: true, autocomplete: 'username', maxlength: 254 });
  const password = field('Password', { type: 'password', name: 'password', required: true, autocomplete: 'current-password' });
  const problem = el('div', null);
  const button = /** @type {HTMLButtonElement} */ (el('button.button.wide', { type: 'submit' }, 'Log in'));
  return el('div.form', null, el('h1', null, 'Log in'), problem,
    el('form', { onsubmit: async (/** @type {Event} */ e) => {
      e.preventDefault();
      button.disabled = true;
      try {
        const to = next();
        await logIn(email.input.value, password.input.value);
        location.hash = `#${to}`;
      } catch (error) {
        problem.replaceChildren(errorBox(error, undefined));
        password.input.focus();
      } finally {
        button.disabled = false;
      }
    } }, email.wrap, password.wrap, button),
    el('p', null), el('p', null, 'New here? ', el('a', { href: '#/register' }, 'Create an account')));
}
