// Choose a new password, by the link of a mail.
// @ts-check
import { el, field } from '../app/dom.js';
import { post, Problem } from '../app/api.js';
import { errorBox, here } from '../app/main.js';

export function render() {
  const token = here().query.get('token') ?? '';
  const password = field('New password', { type: 'password', name: 'password', required: true, minlength: 8, maxlength: 128,
    autocomplete: 'new-password' }, 'At least 8 characters. A few random words are easy to remember.');
  const problem = el('div', null);
  const button = /** @type {HTMLButtonElement} */ (el('button.button.wide', { type: 'submit' }, 'Set the password'));
  const form = el('form', { onsubmit: async (/** @type {Event} */ e) => {
    e.preventDefault();
    button.disabled = true;
    try {
      await post('/api/users/password/reset', { token, newPassword: password.input.value });
      form.replaceChildren(el('p', { role: 'status' }, 'Your new password is set. ', el('a', { href: '#/login' }, 'Log in')));
      problem.replaceChildren();
    } catch (error) {
      const wrong = error instanceof Problem ? error.body.errors ?? [] : [];
      for (const { pointer, detail } of wrong) if (pointer === '/newPassword') password.show(detail);
      const stale = error instanceof Problem && error.slug === 'invalid-token';
      problem.replaceChildren(stale
        ? el('div.alert', { role: 'alert' }, el('p', null, 'This link was used already, or is too old. ',
          el('a', { href: '#/forgot-password' }, 'Ask for another one')))
        : errorBox(error, undefined));
    } finally {
      button.disabled = false;
    }
  } }, password.wrap, button);
  return el('div.form', null, el('h1', null, 'Choose a new password'), problem, form);
}
