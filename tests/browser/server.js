// A server of the shop on fresh demo data and free loopback ports.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const demoPassword = 'Demo-Shop-26';

/** @param {string} binary @param {string[]} more  options of the server @param {number} port  of the pages; 0: any that is free */
export async function serve(binary, more, port = 0) {
  const data = mkdtempSync(join(tmpdir(), 'cloudretail-browser-'));
  const remove = () => rmSync(data, { recursive: true, force: true });
  const demo = spawnSync(binary, ['demo', '--data-dir', data], { encoding: 'utf8', timeout: 120_000 });
  if (demo.status !== 0) {
    remove();
    throw new Error(`the demo data could not be loaded: ${demo.error ?? demo.stderr}`);
  }
  const server = spawn(binary, ['serve', '--data-dir', data, '--gateway.port=0', `--ui.port=${port}`, '--management.port=0', ...more],
    { stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = new Promise((done) => server.once('exit', done));
  const close = async () => {
    server.kill('SIGTERM');
    const late = setTimeout(() => server.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(late);
    remove();
  };
  /** @type {string} */
  const base = await new Promise((found, fail) => {
    let text = '';
    server.stdout.on('data', (part) => {
      text += part;
      const ready = /^ready .*ui=(\S+)/m.exec(text);
      if (ready) found(ready[1]);
    });
    gone.then(() => fail(new Error(`the server did not start: ${text}`)));
  }).catch(async (e) => {
    await close();
    throw e;
  });
  return { base, data, close };
}
