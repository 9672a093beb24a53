// Forms: what is typed stays, the server's words stand at the field, one answer at a time.
// @ts-check
import { Problem, html, useId, useRef, useState } from '../app/core.js';
import { Button, ErrorState } from './ui.js';

/**
 * @param {Record<string, any>} first  the fields' values
 * @param {(values: any) => Promise<void>} submit  throws what the server refused
 * @param {(problem: Problem) => Record<string, string> | null} [explain]  a refusal that belongs to fields
 */
export function useForm(first, submit, explain) {
  const [values, setValues] = useState(first);
  const [state, setState] = useState({ busy: false, errors: /** @type {Record<string, string>} */ ({}), error: /** @type {unknown} */ (null) });
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const atWork = useRef(false);

  const set = (/** @type {string} */ name, /** @type {any} */ value) => {
    setValues((v) => ({ ...v, [name]: value }));
    setState((s) => ({ ...s, errors: { ...s.errors, [name]: '' } }));
  };

  const refused = (/** @type {unknown} */ error) => {
    /** @type {Record<string, string>} */
    const errors = {};
    if (error instanceof Problem) {
      for (const { pointer, detail } of error.body.errors ?? []) {
        const parts = pointer.slice(1).split('/').reverse();
        const name = parts.find((/** @type {string} */ p) => p in values);
        if (name) errors[name] = detail;
      }
      Object.assign(errors, explain?.(error) ?? {});
    }
    const atFields = Object.keys(errors).length > 0;
    setState({ busy: false, errors, error: atFields ? null : error });
    requestAnimationFrame(() => {
      const wrong = form.current?.querySelector(atFields ? '[aria-invalid=true]' : '.alert');
      if (!(wrong instanceof HTMLElement)) return;
      if (atFields) wrong.focus();
      else wrong.scrollIntoView({ block: 'nearest' });
    });
  };

  const onSubmit = async (/** @type {Event} */ e) => {
    e.preventDefault();
    if (atWork.current) return;
    atWork.current = true;
    setState({ busy: true, errors: {}, error: null });
    try {
      await submit(values);
      setState({ busy: false, errors: {}, error: null });
    } catch (error) {
      refused(error);
    } finally {
      atWork.current = false;
    }
  };
  return { values, setValues, set, ...state, onSubmit, form };
}

/** @typedef {ReturnType<typeof useForm>} Form */

/** The server's words about a value begin in the middle: with the field's name they are a sentence. @param {string | undefined} words @param {string} label */
const asSentence = (words, label) => (words && /^[a-z]/.test(words) ? `${label.replace(/ \(.*/, '')} ${words}.` : words);

/**
 * A labelled input with its hint and error. @param {any} props  form, name, label, hint; the rest goes to the input
 */
export function Field({ form, name, label, hint, type = 'text', ...rest }) {
  const id = useId();
  const [shown, show] = useState(false);
  const error = asSentence(form.errors[name], label);
  const told = [hint && `${id}h`, error && `${id}e`].filter(Boolean).join(' ');
  const secret = type === 'password';
  return html`<div class="field"><label for=${id}>${label}</label>
    <div class=${secret ? 'with-button' : ''}>
    <input id=${id} name=${name} type=${secret && shown ? 'text' : type} value=${form.values[name]} aria-describedby=${told || undefined}
      aria-invalid=${error ? 'true' : undefined} onInput=${(/** @type {any} */ e) => form.set(name, e.target.value)} ...${rest} />
    ${secret && html`<button type="button" class="button quiet" aria-pressed=${shown} onClick=${() => show(!shown)}>Show<span
      class="visually-hidden"> ${label.toLowerCase()}</span></button>`}</div>
    ${hint && html`<p class="hint" id=${`${id}h`}>${hint}</p>`}
    ${error && html`<p class="error" id=${`${id}e`}>${error}</p>`}</div>`;
}

/** @param {any} props */
export function Checkbox({ form, name, children, ...rest }) {
  const id = useId();
  return html`<div class="check"><input id=${id} type="checkbox" checked=${form.values[name]} aria-invalid=${form.errors[name] ? 'true' : undefined}
    onChange=${(/** @type {any} */ e) => form.set(name, e.target.checked)} ...${rest} /><label for=${id}>${children}</label></div>
    ${form.errors[name] && html`<p class="error">${form.errors[name]}</p>`}`;
}

/** The form's frame: what was refused, its fields, its button. @param {any} props */
export const FormFrame = ({ form, action, kind = '', children, after, wide = true }) => html`
  <form ref=${form.form} onSubmit=${form.onSubmit}>
    ${form.error && html`<${ErrorState} error=${form.error} />`}${children}
    <div class="row"><${Button} type="submit" kind=${kind} busy=${form.busy} wide=${wide}>${action}</${Button}>${after}</div></form>`;

export const addressFields = ['street', 'zipCode', 'city', 'state', 'country'];

/** @param {{form: Form}} props */
export const AddressFields = ({ form }) => html`
  <${Field} form=${form} name="street" label="Street and number" required autocomplete="street-address" maxlength="200" />
  <div class="pair">
    <${Field} form=${form} name="zipCode" label="Postcode" required autocomplete="postal-code" maxlength="20" />
    <${Field} form=${form} name="city" label="City" required autocomplete="address-level2" maxlength="100" /></div>
  <div class="pair">
    <${Field} form=${form} name="state" label="Region (optional)" autocomplete="address-level1" maxlength="64" />
    <${Field} form=${form} name="country" label="Country" required autocomplete="country-name" maxlength="64" /></div>`;

/** An address without what was left empty. @param {any} values */
export const addressOf = (values) =>
  Object.fromEntries(addressFields.map((k) => [k, (values[k] ?? '').trim()]).filter(([, v]) => v));

/** @param {any} a */
export const addressLine = (a) => [a.street, a.zipCode, a.city, a.state, a.country].filter(Boolean).join(', ');
