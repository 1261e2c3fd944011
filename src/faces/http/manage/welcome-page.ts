import { createHash } from 'node:crypto'

const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d2127; --soft: #565e69; --line: #e2dfd8; --bell: #b4531a; --code: #f4f1ea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --card: #1b1f25; --ink: #e8e6e1; --soft: #a0a8b3; --line: #2d333b; --bell: #f0a35e; --code: #12151a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
}
body > * { max-width: 44rem; margin-inline: auto; }
header { display: flex; gap: 1rem; align-items: center; margin-bottom: 2rem; }
svg { flex: none; width: 3.25rem; height: 3.25rem; color: var(--bell); }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.01em; }
header p { margin: 0.15rem 0 0; color: var(--soft); }
h2 { margin: 0 0 0.75rem; font-size: 1.05rem; }
section {
  margin-block: 1.25rem; padding: 1.25rem 1.4rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 0.75rem;
}
p { margin: 0.75rem 0; }
section > :last-child { margin-bottom: 0; }
code, pre { font: 0.875rem/1.55 ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
pre {
  margin: 0.5rem 0 1rem; padding: 0.7rem 0.9rem; overflow-x: auto;
  background: var(--code); border: 1px solid var(--line); border-radius: 0.5rem;
}
dl { display: grid; grid-template-columns: minmax(8rem, auto) 1fr; gap: 0.5rem 1.25rem; margin: 0; }
dt { font-weight: 600; }
dd { margin: 0; color: var(--soft); }
a { color: var(--bell); text-underline-offset: 0.15em; }
a:focus-visible, pre:focus-visible { outline: 2px solid var(--bell); outline-offset: 2px; border-radius: 0.2rem; }
@media (max-width: 32rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 0.6rem; } }
`

const bell = `<svg viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M24 7v-3M11 35c4-4 3-9 4-15 1-7 4-10 9-10s8 3 9 10c1 6 0 11 4 15z"/><path d="M20 39a4 4 0 0 0 8 0"/><path d="M6 14c-2 4-2 9 0 13M42 14c2 4 2 9 0 13" opacity=".55"/></svg>`

/** The page at `/`, for people who open the address in a browser. It is the same on every hub. */
export const welcomePage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Tocsin hub</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header>
${bell}
<div>
<h1>Tocsin hub</h1>
<p>One event bus for infrastructure: durable, ordered, replayable, filterable.</p>
</div>
</header>
<main>
<section aria-labelledby="token">
<h2 id="token">Get a token</h2>
<p>This address speaks HTTP, server-sent events and WebSocket to programs, and every request for events needs a token. Make one on the hub’s host:</p>
<pre tabindex="0" aria-label="Command"><code>tocsin token add NAME --see '*'</code></pre>
<p>Then follow the events, from ten minutes ago; <code>HUB</code> is the address of this page:</p>
<pre tabindex="0" aria-label="Command"><code>curl -N -H "Authorization: Bearer $TOKEN" "$HUB/v1/stream?from=-10m"</code></pre>
<p>On the host itself, and as the hub’s user, <code>tocsin tail</code> needs no token.</p>
</section>
<section aria-labelledby="links">
<h2 id="links">What is here</h2>
<dl>
<dt><a href="/v1/openapi.json">/v1/openapi.json</a></dt>
<dd>every path, described as OpenAPI 3.1</dd>
<dt><a href="/metrics">/metrics</a></dt>
<dd>for Prometheus; requires a token</dd>
<dt><a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a></dt>
<dd>whether the hub is alive, and whether it accepts events</dd>
</dl>
</section>
<section aria-labelledby="guide">
<h2 id="guide">Read on</h2>
<p>The guides are in the folder <code>docs/guide</code> of the package: <code>index.md</code> lists them by task, and <code>http.md</code> shows the requests that you need most. In a terminal, <code>tocsin help</code> lists all commands, and <code>tocsin errors CODE</code> explains every error.</p>
</section>
</main>
</body>
</html>
`

/** The page loads nothing, runs nothing, sends nothing and cannot be put into a frame. Its own style is allowed. */
export const welcomePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
