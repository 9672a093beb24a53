// A question that must be answered before the page goes on.
// @ts-check
import { html, useEffect, useId, useRef } from '../app/core.js';

/** @param {{title: string, close: () => void, children?: import('../app/core.js').View}} props */
export function Dialog({ title, close, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    dialog.current?.showModal();
    return () => before?.focus(); // an open dialog that is taken away does not give it back
  }, []);
  return html`<dialog class="dialog" ref=${dialog} aria-labelledby=${id} onClose=${close}><h2 id=${id}>${title}</h2>${children}</dialog>`;
}
