// The second factor: setting up by QR code or key, recovery codes, switching off.
// @ts-check
import { Problem, get, html, post, useState } from '../app/core.js';
import { setUser } from '../app/shop.js';
import { Checkbox, Field, FormFrame, useForm } from './form.js';
import { Alert, Button, ErrorState, Hidden } from './ui.js';

/** @type {(problem: Problem) => Record<string, string> | null} */
const wrongCode = (problem) => (problem.slug === 'wrong-code'
  ? { code: 'This code is not right, or was used already. Is the clock of your device right?' }
  : problem.slug === 'wrong-password' ? { password: 'This is not your password.' } : null);

/** @param {any} props */
const Code = ({ form, ...rest }) => html`<${Field} form=${form} name="code" label="Code of your app" required inputmode="numeric" autocomplete="one-time-code"
  pattern="[0-9]{6}" maxlength="6" title="Six digits" ...${rest} />`;

/** Shown once: to be kept before going on. @param {{codes: string[], close: () => void}} props */
function Codes({ codes, close }) {
  const [copied, set] = useState('');
  const form = useForm({ kept: false }, async () => close());
  const copy = () => navigator.clipboard.writeText(codes.join('\n')).then(() => set('Copied.'), () => set('Copying is not allowed here: select the codes.'));
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${codes.join('\n')}\n`)}`;
  return html`<h3>Your recovery codes</h3><p>Each of them stands in for your app once. They are shown only now: keep them where you find them without your phone.</p>
    <ul class="codes">${codes.map((c) => html`<li key=${c}>${c}</li>`)}</ul>
    <div class="row"><${Button} kind="ghost" onClick=${copy}>Copy</${Button}><a class="button ghost" href=${file} download="recovery-codes.txt">Save as a file</a>
      <span role="status" class="small">${copied}</span></div>
    <${FormFrame} form=${form} action="Done" wide=${false}><${Checkbox} form=${form} name="kept" required>I have stored them</${Checkbox}></${FormFrame}>`;
}

/** @param {{setup: any, enabled: (codes: string[]) => void, close: () => void}} props */
function SetUp({ setup, enabled, close }) {
  const form = useForm({ code: '' }, async (v) => enabled((await post('/api/users/me/2fa/enable', v)).recoveryCodes), wrongCode);
  const inFours = setup.secret.replace(/\s/g, '').match(/.{1,4}/g)?.join(' ');
  return html`<h3>1. Scan this with your authenticator app</h3>
    <img class="qr" alt="QR code with the key that stands below" width="180" height="180" src=${`data:image/svg+xml;charset=utf-8,${encodeURIComponent(setup.qrSvg)}`} />
    <p>Or type this key: <code>${inFours}</code></p><h3>2. Type the code that it shows</h3>
    <${FormFrame} form=${form} action="Switch on" wide=${false} after=${html`<${Button} kind="ghost" onClick=${close}>Leave it off</${Button}>`}>
      <${Code} form=${form} /></${FormFrame}>`;
}

/** @param {{renewed: (codes: string[]) => void, off: () => void}} props */
function On({ renewed, off }) {
  const renew = useForm({ code: '' }, async (v) => renewed((await post('/api/users/me/2fa/recovery-codes', v)).recoveryCodes), wrongCode);
  const end = useForm({ password: '', code: '' }, async (v) => {
    await post('/api/users/me/2fa/disable', { password: v.password, code: v.code.replace(/\s/g, '') });
    off();
  }, wrongCode);
  return html`<p><span class="badge ok">On</span> Logging in asks for a code of your app.</p>
    <details class="fold"><summary>New recovery codes</summary><p>Those before are worth nothing then.</p>
      <${FormFrame} form=${renew} action="Make new codes" kind="ghost" wide=${false}><${Code} form=${renew} /></${FormFrame}></details>
    <details class="fold"><summary>Switch it off</summary><${FormFrame} form=${end} action="Switch off" kind="danger" wide=${false}>
      <${Field} form=${end} name="password" label="Password" type="password" required autocomplete="current-password" />
      <${Field} form=${end} name="code" label="Code of your app, or a recovery code" required autocomplete="one-time-code" maxlength="64" /></${FormFrame}></details>`;
}

/** @param {{on: boolean}} props */
export function TwoFactor({ on }) {
  const [setup, setSetup] = useState(/** @type {any} */ (null));
  const [codes, setCodes] = useState(/** @type {string[] | null} */ (null));
  const [state, set] = useState({ busy: false, error: /** @type {unknown} */ (null) });
  const begin = async () => {
    set({ busy: true, error: null });
    try {
      setSetup(await post('/api/users/me/2fa/setup', undefined));
      set({ busy: false, error: null });
    } catch (error) {
      set({ busy: false, error });
    }
  };
  const look = () => get('/api/users/me').then(setUser, (error) => set({ busy: false, error }));
  const close = () => {
    setSetup(null);
    setCodes(null);
    look();
  };
  const view = codes ? html`<${Codes} codes=${codes} close=${close} />`
    : setup ? html`<${SetUp} setup=${setup} enabled=${setCodes} close=${close} />`
      : on ? html`<${On} renewed=${setCodes} off=${close} />`
        : html`<p>A code of an app on your phone is asked for besides the password: whoever has learned your password still cannot log in.</p>
          <${Button} kind="ghost" busy=${state.busy} onClick=${begin}>Set up<${Hidden}> two-step log-in</${Hidden}></${Button}>`;
  return html`<section class="card" aria-labelledby="second"><h2 id="second">Two-step log-in</h2>
    ${state.error && html`<${ErrorState} error=${state.error} />`}${view}</section>`;
}
