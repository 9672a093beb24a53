// There is nothing at this address.
// @ts-check
import { html, useTitle } from '../app/core.js';
import { EmptyState } from '../components/ui.js';

export default function NotFound() {
  useTitle('Not found');
  return html`<${EmptyState} title="There is nothing here" level=${1} to="/search" label="See all products">
    The address may be mistyped, or what was here is gone.</${EmptyState}>`;
}
