// How far an order is, and hearing of each change as it happens.
// @ts-check
import { html, useEffect, useRef, useState } from '../app/core.js';

const path = ['pending', 'confirmed', 'shipped', 'delivered'];

/** @param {{status: string}} props */
export function OrderTracker({ status }) {
  const at = path.indexOf(status);
  if (at < 0) return null;
  return html`<ol class="steps" aria-label="Progress">${['Placed', 'Paid', 'Shipped', 'Delivered'].map((name, i) => html`
    <li key=${name} class=${i <= at ? 'done' : ''} aria-current=${i === at ? 'step' : undefined}>${name}</li>`)}</ol>`;
}

const types = ['order.created', 'order.failed', 'order.cancelled', 'order.shipped', 'order.delivered', 'order.refunded',
  'payment.captured', 'payment.failed', 'payment.refunded'];

const firstWait = 5_000;
const longestWait = 60_000;

/**
 * Calls `look` when something happened to the order: told by the server's stream of events, and asked for ever less
 * often while that is lost. A hidden window neither listens nor asks; it looks when it is seen again.
 * @param {string} id @param {() => void} look @param {boolean} ended  nothing can happen any more
 * @returns {boolean} whether the stream is lost
 */
export function useOrderEvents(id, look, ended) {
  const [lost, setLost] = useState(false);
  const now = useRef(look);
  now.current = look;
  useEffect(() => {
    if (ended) return undefined;
    /** @type {EventSource | null} */
    let stream = null;
    let timer = 0;
    let wait = firstWait;
    const ask = () => {
      now.current();
      wait = Math.min(longestWait, wait * 1.5);
      timer = window.setTimeout(ask, wait);
    };
    const close = () => {
      stream?.close();
      stream = null;
      clearTimeout(timer);
      timer = 0;
    };
    const open = () => {
      stream = new EventSource('/api/events?types=order.*,payment.*');
      for (const type of [...types, 'reset'])
        stream.addEventListener(type, (e) => (type === 'reset' || e.data.includes(id)) && now.current());
      stream.onopen = () => {
        now.current(); // what happened after the order was read and before this is told by nobody
        clearTimeout(timer);
        timer = 0;
        wait = firstWait;
        setLost(false);
      };
      stream.onerror = () => {
        setLost(true);
        if (!timer) timer = window.setTimeout(ask, wait);
      };
    };
    const seen = () => {
      close();
      if (document.visibilityState !== 'visible') return;
      open();
      now.current();
    };
    document.addEventListener('visibilitychange', seen);
    open();
    return () => {
      document.removeEventListener('visibilitychange', seen);
      close();
    };
  }, [id, ended]);
  return lost && !ended;
}
