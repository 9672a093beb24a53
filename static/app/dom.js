// Builds elements without markup strings: text is always text.
// @ts-check

/**
 * @param {string} tag  name, with classes after dots: "p.muted"
 * @param {Record<string, any> | null} props  attributes; on… are listeners; true/false set and leave out
 * @param {...(Node | string | number | null | undefined | false | any[])} children
 * @returns {HTMLElement}
 */
export function el(tag, props, ...children) {
  const [name, ...classes] = tag.split('.');
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(' ');
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === false || value === undefined || value === null) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'value') /** @type {any} */ (node).value = value;
    else node.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

let fields = 0;

/** A labelled input; the server's and the browser's errors appear below it. */
export function field(label, props, hint) {
  const id = `f${++fields}`;
  const input = /** @type {HTMLInputElement} */ (el('input', { id, name: props.name, ...props }));
  const error = el('p.error', { id: `${id}e`, hidden: true });
  const note = hint ? el('p.hint', { id: `${id}h` }, hint) : null;
  input.setAttribute('aria-describedby', `${hint ? `${id}h ` : ''}${id}e`);
  const wrap = el('div.field', null, el('label', { for: id }, label), input, note, error);
  const show = (/** @type {string} */ text) => {
    error.textContent = text;
    error.hidden = !text;
    input.setAttribute('aria-invalid', text ? 'true' : 'false');
  };
  input.addEventListener('input', () => show(''));
  return { wrap, input, show };
}

/** @param {string} text told to screen readers */
export function announce(text) {
  const status = document.getElementById('status');
  if (status) status.textContent = text;
}
