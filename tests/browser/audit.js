// What the files of the pages must be, whatever a browser makes of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { packages, root } from './shop.js';

const folder = join(root, 'static');

/** @param {string} below @returns {string[]} */
const filesOf = (below) => readdirSync(below).flatMap((name) => {
  const path = join(below, name);
  return statSync(path).isDirectory() ? filesOf(path) : [path];
});
const ours = () => filesOf(folder).filter((f) => !f.includes('/vendor/'));
const text = (/** @type {string} */ path) => readFileSync(path, 'utf8');

/** Fails with every line of our files that the pattern is found in. @param {RegExp} wrong @param {RegExp} [kinds] @param {RegExp} [allowed] */
function nowhere(wrong, kinds = /\.(js|css|html)$/, allowed = /$^/g) {
  const found = ours().filter((f) => kinds.test(f)).flatMap((f) => text(f).split('\n')
    .filter((line) => wrong.test(line.replaceAll(allowed, ''))).map((line) => `${relative(root, f)}: ${line.trim()}`));
  assert.deepEqual(found, []);
}

/** @type {[string, () => void][]} */
export const audits = [
  ['vendored files have the hashes of their list, and licences beside them', () => {
    const list = JSON.parse(text(join(folder, 'vendor/VENDOR.json')));
    for (const { file, sha256 } of list)
      assert.equal(createHash('sha256').update(readFileSync(join(folder, 'vendor', file))).digest('hex'), sha256, file);
    const licensed = new Set(list.filter((/** @type {any} */ f) => f.source === 'LICENSE').map((/** @type {any} */ f) => f.name));
    for (const { name } of list) assert.ok(licensed.has(name), `${name} has no licence`);
    assert.equal(readdirSync(join(folder, 'vendor')).length, list.length + 1);
  }],
  ['no page asks anything of another site', () => nowhere(/(https?:)?\/\/[a-z0-9-]+\.[a-z]/i, undefined, /http:\/\/www\.w3\.org\/2000\/svg/g)],
  ['no page holds inline scripts or styles', () => {
    nowhere(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=/i, /\.html$/);
    nowhere(/\sstyle=\$?["{]/, /\.js$/);
  }],
  ['no text is ever read as markup or code', () => nowhere(/innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|document\.write|\beval\(|new Function/)],
  ['no file is over 250 lines, and each begins with what it is', () => {
    for (const f of ours().filter((name) => /\.(js|css)$/.test(name))) {
      assert.ok(text(f).split('\n').length <= 251, `${relative(root, f)} is too long`);
      assert.match(text(f), /^(\/\/|\/\*) \S/, relative(root, f));
    }
  }],
  ['the types of the scripts hold', () => {
    for (const f of ours().filter((name) => /static\/(app|components|pages)\/.*\.js$/.test(name)))
      assert.match(text(f), /^\/\/ @ts-check$/m, relative(root, f));
    const tsc = spawnSync(process.execPath, [packages.resolve('typescript/bin/tsc'), '-p', join(root, 'tests/browser/tsconfig.json')],
      { encoding: 'utf8' });
    assert.equal(tsc.status, 0, tsc.stdout);
  }],
];
