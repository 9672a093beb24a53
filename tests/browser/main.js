// Runs the browser's tests one after the other; exits non-zero where one fails or all take too long for any machine.
import { audits } from './audit.js';
import { a11y } from './a11y.js';
import { budgets } from './budgets.js';
import { faults } from './faults.js';
import { firstView } from './first_view.js';
import { journeys } from './journeys.js';
import { accounts } from './accounts.js';
import { keys } from './keys.js';
import { security } from './security.js';
import { openShop } from './shop.js';

const limitMs = 10 * 60_000;
const [binary, ...rest] = process.argv.slice(2);
const option = (/** @type {string} */ name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
if (!binary || binary.startsWith('-')) {
  console.error('usage: tests/browser/run BINARY [--static DIR] [--only WORD]');
  process.exit(2);
}

const pages = option('--static');
const only = option('--only') ?? '';
const began = Date.now();
const seconds = (/** @type {number} */ since) => ((Date.now() - since) / 1000).toFixed(1);
const shop = await openShop(binary, pages ? [`--ui.static_dir=${pages}`] : []);

let failed = 0;
const end = async (/** @type {string} */ why) => {
  if (why) console.log(`browser: ${why}`);
  await shop.close();
  process.exit(failed || why ? 1 : 0);
};
setTimeout(() => end(`not done after ${limitMs / 60_000} minutes`), limitMs).unref();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end(`ended by ${signal}`));
process.once('unhandledRejection', (e) => end(`something that no test waits for failed: ${e instanceof Error ? e.stack : e}`));

const tests = [...audits, ...budgets, ...firstView, ...journeys, ...accounts, ...faults, ...security, ...keys, ...a11y].filter(([name]) => name.includes(only));
if (!tests.length) await end(`no test's name holds “${only}”`);
for (const [name, test] of tests) {
  const since = Date.now();
  try {
    await test(shop);
    console.log(`ok    ${seconds(since).padStart(5)} s  ${name}`);
  } catch (e) {
    ++failed;
    console.log(`FAIL  ${seconds(since).padStart(5)} s  ${name}\n${e instanceof Error ? e.stack : e}`);
  }
}
console.log(`browser: ${tests.length - failed} of ${tests.length} tests passed in ${seconds(began)} s`);
await end('');
