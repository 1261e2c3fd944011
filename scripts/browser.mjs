/** Bundles the client for browsers, one file without imports: node browser.mjs FOLDER */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compiler } from './bundle.mjs'
import { root } from './steps.mjs'

export async function buildBrowser(outfile) {
  const text = await bundleBrowser()
  await mkdir(dirname(outfile), { recursive: true })
  await writeFile(outfile, text)
}

/** `entry`: in `src/client`. `cuts`: further parts of sources that it does without, by their names. */
export async function bundleBrowser({ entry = 'browser.ts', cuts = {} } = {}) {
  const { outputFiles } = await compiler().build({
    entryPoints: [join(root, 'src/client', entry)],
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    mangleProps: internal,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [shortCatalogue, noGeneratedCode, plainCodec, withoutParts(cuts)],
  })
  return outputFiles[0].text
}

/** Names of properties that only the client itself uses, of which each occurrence counts in a small file. */
const internal = new RegExp(
  `^(${[
    'beginItem|dropGates|hopeful|isFull|linked|maxFrame|maxRecord|noteBatch|noteEvent|onDisconnected',
    'onEvents|onFailed|onFull|onLinked|onLow|onRecord|onRefused|onRetrying|onStalled|pendingBytes|putLatest',
    'refusalHandlers|replaceLast|reception|recoversFrom|requestDurable|requestSent|sizeOf|stopTimer',
    'takeDurableRequest|takeUnreportedError|unlinked|whenWindowOpen|writeEncoded|writeFrom|writeGated',
    'acceptItem|cursorOf|dial|inbox|nextCounter|onClosed|outcome|slabBytes|writeBody',
    'resetTimer|sibling|before|closed|enter|words|take|remove|repeated|firstCounter|settled|isEvent|isClosed|progress|release|walked|reuse|isBusy|received|chunk|finish|accept|lastSlab|inFlight|matches',
  ].join('|')})$`,
)

/**
 * Errors nearly always have their own message, so the bundle contains only the summaries that the client itself uses
 * as a fallback. For all other errors there is the code.
 */
export const shortCatalogue = {
  name: 'short-catalogue',
  setup({ onLoad }) {
    onLoad({ filter: /\/errors\/catalogue\.ts$/ }, async ({ path }) => {
      const { catalogue } = await importTypeScript(path)
      const own = /^TCN_CLIENT_(ABORTED|CLOSED|TIMEOUT|WINDOW)$/
      const kept = Object.entries(catalogue)
        .filter(([code]) => own.test(code))
        .map(([code, { summary }]) => [code, { summary }])
      return {
        contents: `export const catalogue = ${JSON.stringify(Object.fromEntries(kept))}`,
        loader: 'js',
      }
    })
  },
}

/** A page receives few events, and many pages forbid code generated at run time, which the hub uses for speed. */
export const noGeneratedCode = {
  name: 'no-generated-code',
  setup({ onLoad }) {
    onLoad({ filter: /\/event\/msgpack\/generated-code\.ts$/ }, ({ path }) => ({
      contents: `
        export { decodeUtf8 as readText } from '../utf8.js'
        export const compileMap = () => undefined`,
      resolveDir: dirname(path),
      loader: 'js',
    }))
  },
}

/**
 * A page needs no caches of texts and maps, and has no clock times as positions, which people type: the hub takes those
 * of a page as UTC.
 */
const plainCodec = {
  name: 'plain-codec',
  setup({ onLoad }) {
    const plain = {
      'text-cache': `
        import { readText } from './generated-code.js'
        export const MIN_CACHED_LENGTH = Infinity
        export const MAX_CACHED_LENGTH = 0
        export class TextCache {}`,
      'leap-second': 'export const leapSecond = () => undefined',
      'key-tree': 'export const addSibling = () => undefined',
      'learned-maps': `
        export const roots = []
        export const learn = () => {}
        export function assemble(keys, values, from) {
          const entries = keys.map((key, index) => [key, values[from + index]])
          return Object.fromEntries(entries)
        }`,
      base64: `
        export const encodeBase64 = (bytes) =>
          btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))`,
      'repeated-text': 'export class RepeatedText { hopeful = false }',
    }
    onLoad({ filter: /\/local-positions\.ts$/ }, () => ({
      contents: 'export const inLocalZone = (options) => options',
      loader: 'js',
    }))
    onLoad(
      {
        filter:
          /\/event\/(?:msgpack\/)?(base64|key-tree|leap-second|learned-maps|text-cache|repeated-text)\.ts$/,
      },
      ({ path }) => ({
        contents: plain[basename(path, '.ts')],
        resolveDir: dirname(path),
        loader: 'js',
      }),
    )
  },
}

/**
 * Only the hub translates bytes into frames, knows what is in a body or has room for a frame around it, counts what its
 * peers have sent in part, receives some of the records, and decodes enough maps to learn their keys.
 */
const hubOnly = {
  'event/frame-writer': [
    [/^ {2}writeFrom\([\s\S]*?^ {2}\}\n/m, ''],
    [/^ {2}#around\([\s\S]*?^ {2}\}\n/m, ''],
    [/^.*\baround\b.*\n/gm, ''],
    [/const walked = .*\n/, 'const walked = undefined\n'],
    [/^.*this\.#walked\b.*\n/gm, ''],
    [/if \(body\.buffer .*\) slab/, 'slab'],
    [/\bgiven(: boolean| = false|,)|(?<=#seal\()true(?=\))/g, ''],
  ],
  'event/splitter': [
    [/^ {2}get pendingBytes\(\)[\s\S]*?^ {2}\}\n/m, ''],
    [/^.*\bisInFrame\b.*\n/gm, ''],
  ],
  'event/msgpack/decoder': [
    [
      /^ {2}const from = top\n {2}let last: [\s\S]*?^ {2}top = from\n {2}return value\n/m,
      '  return readUnforeseen(size, 0, top, undefined, depth)\n',
    ],
    [/^ {2}for \(let node = last; .*\n/m, ''],
    [/^ {2}learn\(.*\n/m, ''],
  ],
  'protocols/native/codec': [
    [/^ {2}const asks = .*\n {2}if \(asks .*\n/m, ''],
    [/!asks && /, ''],
    [/^const idPath = .*\n/m, ''],
  ],
  'protocols/native/record-shapes': [
    [/^ {2}hello: shape\([\s\S]*?^ {2}\}\),\n/m, '  hello: shape({}),\n'],
    [/^ {2}subscribe: shape\([\s\S]*?^ {2}\}\),\n/m, '  subscribe: shape({}),\n'],
    [/^ {2}request: shape\(.*\),\n/m, '  request: shape({}),\n'],
  ],
}

/** Leaves out what only the hub needs, and the cuts. */
const withoutParts = (cuts) => ({
  name: 'without-parts',
  setup({ onLoad }) {
    const names = [...new Set([...Object.keys(hubOnly), ...Object.keys(cuts)])]
    onLoad({ filter: new RegExp(`/src/(?:${names.join('|')})\\.ts$`) }, async ({ path }) => {
      const name = names.find((each) => path.endsWith(`/src/${each}.ts`))
      let contents = await readFile(path, 'utf8')
      for (const [part, instead] of [...(hubOnly[name] ?? []), ...(cuts[name] ?? [])]) {
        const shorter = contents.replace(part, instead)
        if (shorter === contents) throw new Error(`${path} has no part ${part}`)
        contents = shorter
      }
      return { contents, loader: 'ts' }
    })
  },
})

async function importTypeScript(path) {
  const { outputFiles } = await compiler().build({
    entryPoints: [path],
    bundle: true,
    format: 'esm',
    write: false,
  })
  return await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
  )
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  await buildBrowser(join(process.argv[2], 'browser.js'))
