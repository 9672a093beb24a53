// A number of pieces: by buttons or typed. What is no such number changes nothing, and is told.
// @ts-check
import { html, useEffect, useState } from '../app/core.js';

/** @param {{id: string, value: number, most: number, of: string, change: (value: number) => void}} props */
export function Stepper({ id, value, most, of, change }) {
  const [text, set] = useState(String(value));
  const [wrong, setWrong] = useState(false);
  useEffect(() => set(String(value)), [value]);
  const to = (/** @type {number} */ n) => {
    const fits = Number.isInteger(n) && n > 0 && n <= most;
    setWrong(!fits);
    set(String(fits ? n : value));
    if (fits && n !== value) change(n);
  };
  return html`<div><div class="stepper">
    <button type="button" disabled=${value <= 1} onClick=${() => to(value - 1)}>−<span class="visually-hidden"> one less of ${of}</span></button>
    <input id=${id} inputmode="numeric" autocomplete="off" value=${text} onInput=${(/** @type {any} */ e) => set(e.target.value)}
      aria-describedby=${wrong ? `${id}e` : undefined} onChange=${() => to(Number(text))} />
    <button type="button" disabled=${value >= most} onClick=${() => to(value + 1)}>+<span class="visually-hidden"> one more of ${of}</span></button></div>
    ${wrong && html`<p class="error" id=${`${id}e`} role="alert">A whole number from 1 to ${most}. It stays ${value}.</p>`}</div>`;
}
