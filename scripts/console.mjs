/** Builds the web console: node console.mjs FOLDER */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { bundleBrowser, noGeneratedCode, shortCatalogue } from './browser.mjs'
import { compiler } from './bundle.mjs'
import { compilerFolder } from './install.mjs'
import { root } from './steps.mjs'

const sources = join(root, 'console')

/** Writes files whose names contain a hash of their content, each also compressed. */
export async function buildConsole(folder) {
  const { outputFiles } = await compiler().build({
    entryPoints: ['main.tsx', 'styles/index.css', 'styles/later.css'].map((name) => join(sources, name)),
    outdir: folder,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // The packages may be installed only for the compiler.
    nodePaths: [join(compilerFolder(), 'node_modules')],
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [client, shortCatalogue, noGeneratedCode, withCommon()],
  })
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]))
  const favicon = readFileSync(join(sources, 'favicon.svg'))
  const icon = named('favicon', favicon, 'svg')
  files.set(icon, favicon)
  const find = (pattern) => [...files.keys()].find((name) => pattern.test(name))
  const places = {
    main: find(/^main-.*\.js$/),
    styles: find(/^index-.*\.css$/),
    laterStyles: find(/^later-.*\.css$/),
    favicon: icon,
  }
  const template = readFileSync(join(sources, 'index.html'), 'utf8')
  const page = Buffer.from(template.replace(/\{\{(\w+)\}\}/g, (_, name) => places[name]))
  files.set(named('index', page, 'html'), page)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of files) {
    writeFileSync(join(folder, name), content)
    writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }))
    // Browsers ask for it over TLS, and on their own machine.
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content))
  }
}

function named(name, content, extension) {
  return `${name}-${createHash('sha256').update(content).digest('hex').slice(0, 8)}.${extension}`
}

const method = (start) => [new RegExp(`^ {2}${start}\\([\\s\\S]*?^ {2}\\}\\n`, 'm'), '']
const shape = (record) => [
  new RegExp(`^ {2}${record}: shape(?:.*\\),\\n|[^\\n]*\\n[\\s\\S]*?^ {2}\\}\\),\\n)`, 'm'),
  '',
]

/** Parts of the client that only publishers, durable consumers, gates, edge hubs and programs of Node need. */
const cuts = {
  'client/subscribe/subscription': ['\\[Symbol\\.asyncIterator\\]', 'events', 'ack', 'gateDone'].map(method),
  'client/subscribe/received-event': [method('override toJSON')],
  'event/event': ['scalar', 'rawBytes', 'toJSON', "\\[Symbol\\.for\\('[\\w.]+'\\)\\]", '#find'].map(method),
  'protocols/native/codec': [['msgpack/encoder.js', 'msgpack/plain-encoder.js']],
  'protocols/native/record-shapes': [
    ...['accepted', 'durable', 'refused', 'ack', 'lag', 'packed', 'gate', 'gateDone', 'cancel'].map(shape),
  ],
}

/**
 * The client for browsers, from a build of its own, which shortens names that the console has too. The console publishes
 * over HTTP.
 */
const client = {
  name: 'client',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^tocsin\/browser$/ }, ({ path }) => ({ path, namespace: 'client' }))
    onLoad({ filter: /./, namespace: 'client' }, async () => ({
      contents: await bundleBrowser({ entry: 'browser-reader.ts', cuts }),
      loader: 'js',
    }))
  },
}

/** Adds what most pages use to everything that is loaded later. */
function withCommon() {
  const later = new Set()
  return {
    name: 'common',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
        if (kind === 'dynamic-import') later.add(join(resolveDir, path.replace(/\.js$/, '')))
        return undefined
      })
      onLoad({ filter: /[/]console[/].*\.tsx?$/ }, ({ path }) => {
        const loader = path.endsWith('x') ? 'tsx' : 'ts'
        if (!later.has(path.slice(0, -loader.length - 1))) return undefined
        return { contents: `${readFileSync(path, 'utf8')}\nimport '${sources}/common.js'\n`, loader }
      })
    },
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await buildConsole(process.argv[2])
