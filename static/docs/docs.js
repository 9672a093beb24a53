// /docs: Swagger UI over the server's own contract. Follows the system's light or dark. Requests go to this
// origin only; a token that is entered stays in the page's memory.
const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', paint);
paint();

window.SwaggerUIBundle({
  url: '/openapi.json',
  domNode: document.getElementById('docs'),
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
  tryItOutEnabled: false,
  syntaxHighlight: { activated: true, theme: dark.matches ? 'nord' : 'idea' },
});
