// Light or dark as chosen, before anything is painted: loaded in the head, ahead of the rest.
// @ts-check
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; then the system's preference holds.
}
