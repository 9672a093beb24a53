// A number of pieces: by buttons or typed.
// @ts-check
import { html, useEffect, useState } from '../app/core.js';

/** @param {{id: string, value: number, most: number, of: string, change: (value: number) => void}} props */
export function Stepper({ id, value, most, of, change }) {
  const [text, set] = useState(String(value));
  useEffect(() => set(String(value)), [value]);
  const to = (/** @type {number} */ n) => {
    const next = Math.min(most, Math.max(1, n || 1));
    set(String(next));
    if (next !== value) change(next);
  };
  return html`<div class="stepper">
    <button type="button" disabled=${value <= 1} onClick=${() => to(value - 1)}>−<span class="visually-hidden"> one less of ${of}</span></button>
    <input id=${id} inputmode="numeric" autocomplete="off" value=${text} onInput=${(/** @type {any} */ e) => set(e.target.value)}
      onChange=${() => to(Math.trunc(Number(text)))} />
    <button type="button" disabled=${value >= most} onClick=${() => to(value + 1)}>+<span class="visually-hidden"> one more of ${of}</span></button></div>`;
}
