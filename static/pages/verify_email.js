// Confirm an e-mail address, by the link of a mail. A button does it: programs that only look at links must not.
// @ts-check
import { el } from '../app/dom.js';
import { post, Problem } from '../app/api.js';
import { errorBox, here } from '../app/main.js';

export function render() {
  const token = here().query.get('token') ?? '';
  const answer = el('div', null);
  const button = /** @type {HTMLButtonElement} */ (el('button.button.wide', { type: 'button', onclick: async () => {
    button.disabled = true;
    try {
      await post('/api/users/verify-email', { token });
      button.hidden = true;
      answer.replaceChildren(el('p', { role: 'status' }, 'Thank you: your e-mail address is confirmed.'));
    } catch (error) {
      const stale = error instanceof Problem && error.slug === 'invalid-token';
      answer.replaceChildren(stale
        ? el('div.alert', { role: 'alert' }, el('p', null, 'This link was used already, or is too old.'))
        : errorBox(error, undefined));
    } finally {
      button.disabled = false;
    }
  } }, 'Confirm'));
  return el('div.form', null, el('h1', null, 'Confirm your e-mail address'), answer, button);
}
