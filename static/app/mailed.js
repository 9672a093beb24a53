// The secret of a mailed link: it stands in the fragment, or in the query where somebody typed it so.
// @ts-check
export const mailedToken = () =>
  new URLSearchParams(location.hash.slice(1)).get('token') ?? new URLSearchParams(location.search).get('token') ?? '';
