// Ask for a mail with a link to a new password.
// @ts-check
import { el, field } from '../app/dom.js';
import { post } from '../app/api.js';
import { errorBox } from '../app/main.js';

export function render() {
  const email = field('E-mail', { type: 'email', name: 'email', required: true, autocomplete: 'username', maxlength: 254 });
  const answer = el('div', null);
  const button = /** @type {HTMLButtonElement} */ (el('button.button.wide', { type: 'submit' }, 'Send me a link'));
  return el('div.form', null, el('h1', null, 'Forgot your password?'), answer,
    el('form', { onsubmit: async (/** @type {Event} */ e) => {
      e.preventDefault();
      button.disabled = true;
      try {
        await post('/api/users/password/forgot', { email: email.input.value });
        answer.replaceChildren(el('p', { role: 'status' },
          'If there is an account with this e-mail, a link to a new password is on its way to it.'));
      } catch (error) {
        answer.replaceChildren(errorBox(error, undefined));
      } finally {
        button.disabled = false;
      }
    } }, email.wrap, button));
}
