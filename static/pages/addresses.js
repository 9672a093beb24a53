// Where orders go: the addresses kept for the next one.
// @ts-check
import { announce, html, request, useState, useStore } from '../app/core.js';
import { setUser, user } from '../app/shop.js';
import { AccountFrame } from '../components/account.js';
import { AddressFields, Checkbox, Field, FormFrame, addressFields, addressLine, addressOf, useForm } from '../components/form.js';
import { Button, EmptyState, ErrorState, Hidden } from '../components/ui.js';

/** One address is the default, the first where none is said to be. @param {any[]} list */
const withDefault = (list) => list.map((a, i) => ({ ...a, default: list.some((b) => b.default) ? !!a.default : i === 0 }));

/** @param {any[]} list */
async function save(list) {
  setUser((await request('PATCH', '/api/users/me', { addresses: withDefault(list) })).data);
}

/** @param {{first: any, list: any[], at: number, close: () => void}} props  at: which one; -1 a new one */
function AddressForm({ first, list, at, close }) {
  const start = Object.fromEntries([...addressFields, 'label'].map((k) => [k, first[k] ?? '']));
  const form = useForm({ ...start, default: !!first.default }, async (v) => {
    const next = { ...addressOf(v), ...(v.label.trim() ? { label: v.label.trim() } : {}), default: v.default };
    const others = v.default ? list.map((a) => ({ ...a, default: false })) : list;
    await save(at < 0 ? [...others, next] : others.map((a, i) => (i === at ? next : a)));
    announce('The address is saved.');
    close();
  });
  return html`<section class="card" aria-labelledby="address"><h2 id="address">${at < 0 ? 'A new address' : 'Change the address'}</h2>
    <${FormFrame} form=${form} action="Save address" wide=${false} after=${html`<${Button} kind="ghost" onClick=${close}>Leave it</${Button}>`}>
      <${Field} form=${form} name="label" label="Name, such as Home (optional)" maxlength="50" autocomplete="off" /><${AddressFields} form=${form} />
      <${Checkbox} form=${form} name="default">Use it for my orders unless I choose another</${Checkbox}></${FormFrame}></section>`;
}

function Addresses() {
  const list = useStore(user).addresses ?? [];
  const [at, edit] = useState(/** @type {number | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  if (at !== null) return html`<${AddressForm} first=${list[at] ?? { default: !list.length }} list=${list} at=${at} close=${() => edit(null)} />`;
  const remove = (/** @type {number} */ i) => save(list.filter((/** @type {any} */ _, /** @type {number} */ n) => n !== i)).then(() => {
    setError(null);
    announce('The address is removed.');
  }, setError);
  const add = html`<${Button} onClick=${() => edit(-1)}>Add an address</${Button}>`;
  return html`${error && html`<${ErrorState} error=${error} />`}
    ${list.length ? html`<ul>${list.map((/** @type {any} */ a, /** @type {number} */ i) => html`<li class="card order" key=${i}>
        <div>${a.label && html`<strong>${a.label}</strong> `}${a.default && html`<span class="badge ok">Default</span>`}<div>${addressLine(a)}</div></div>
        <div class="row"><${Button} kind="ghost" onClick=${() => edit(i)}>Change<${Hidden}> ${addressLine(a)}</${Hidden}></${Button}>
        <${Button} kind="quiet" onClick=${() => remove(i)}>Remove<${Hidden}> ${addressLine(a)}</${Hidden}></${Button}></div></li>`)}</ul>`
    : html`<${EmptyState} title="No addresses yet" action=${add}>Keep one here, and check out without typing.</${EmptyState}>`}
    ${list.length > 0 && add}`;
}

export default function AddressesPage() {
  return html`<${AccountFrame} title="Addresses"><${Addresses} /></${AccountFrame}>`;
}
