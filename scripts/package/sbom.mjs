// npm run package:sbom: writes what Tocsin consists of, as a list of CycloneDX 1.5 in JSON: on a machine such as
// this one, since packages for others are not installed.
//   --output FILE   where to (default: standard output)
//   --executable    of the executable in the Debian package, which contains Node.js with its libraries and LMDB too
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import * as lmdb from 'lmdb'
import { report, root } from '../steps.mjs'
import { lmdbAddon, parts } from './parts.mjs'
import { time } from './tree.mjs'

/** Returns the text of the list. The same sources give the same text. */
export function sbom({ executable = false, version } = {}) {
  const list = npmList()
  const name = 'tocsin'
  version ??= list.metadata.component.version
  const own = { ...list.metadata.component, name, version, 'bom-ref': `${name}@${version}` }
  const delivered = new Map(parts({ executable }).map((each) => [`${each.name}@${each.version}`, each]))
  const components = list.components.filter((each) => delivered.has(each['bom-ref']))
  // npm knows the licence of a package only if the lockfile repeats it.
  for (const each of components) each.licenses ??= licencesOf(delivered.get(each['bom-ref']))
  if (executable) components.push(...contained())
  components.sort((one, other) => (one['bom-ref'] < other['bom-ref'] ? -1 : 1))
  const content = { ...list, metadata: { ...list.metadata, component: own }, components }
  content.metadata.timestamp = new Date(time * 1000).toISOString()
  content.dependencies = dependenciesOf(list, content)
  content.serialNumber = `urn:uuid:${uuidOf({ ...content, serialNumber: undefined })}`
  return `${JSON.stringify(content, null, 2)}\n`
}

function npmList() {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']
  return JSON.parse(
    execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  )
}

/** Node.js with the libraries in it, and the addon beside it. */
function contained() {
  const { node, ...libraries } = process.versions
  const { major, minor, patch } = lmdb.version
  const own = Object.entries(LIBRARIES).filter(([name]) => libraries[name] !== undefined)
  return [
    { name: 'node', version: node, licence: 'MIT', of: 'nodejs:node.js', file: process.execPath },
    {
      name: 'lmdb',
      version: `${major}.${minor}.${patch}`,
      licence: 'OLDAP-2.8',
      of: 'symas:lmdb',
      file: lmdbAddon(),
    },
    ...own.map(([name, about]) => ({ ...about, version: libraries[name].replace(/[-+].*$/, '') })),
  ].map(({ name, version, licence, of, file }) => ({
    'bom-ref': `pkg:generic/${name}@${version}`,
    type: name === 'node' ? 'platform' : 'library',
    scope: 'required',
    name,
    version,
    purl: `pkg:generic/${name}@${version}`,
    ...(of && { cpe: `cpe:2.3:a:${of}:${version}:*:*:*:*:*:*:*` }),
    ...(file && {
      hashes: [{ alg: 'SHA-512', content: createHash('sha512').update(readFileSync(file)).digest('hex') }],
    }),
    licenses: [{ license: { id: licence } }],
  }))
}

/** Libraries that are compiled into Node.js, by their names in `process.versions`; `of`: by which advisories know them. */
const LIBRARIES = {
  ada: { name: 'ada', licence: 'MIT' },
  ares: { name: 'c-ares', licence: 'MIT', of: 'c-ares:c-ares' },
  brotli: { name: 'brotli', licence: 'MIT', of: 'google:brotli' },
  icu: { name: 'icu', licence: 'Unicode-3.0', of: 'unicode:international_components_for_unicode' },
  llhttp: { name: 'llhttp', licence: 'MIT', of: 'llhttp:llhttp' },
  nghttp2: { name: 'nghttp2', licence: 'MIT', of: 'nghttp2:nghttp2' },
  openssl: { name: 'openssl', licence: 'Apache-2.0', of: 'openssl:openssl' },
  simdutf: { name: 'simdutf', licence: 'MIT' },
  undici: { name: 'undici', licence: 'MIT', of: 'nodejs:undici' },
  uv: { name: 'libuv', licence: 'MIT', of: 'libuv:libuv' },
  v8: { name: 'v8', licence: 'BSD-3-Clause', of: 'google:v8' },
  zlib: { name: 'zlib', licence: 'Zlib', of: 'zlib:zlib' },
}

function licencesOf({ license }) {
  return license && [{ license: { id: license } }]
}

/** Those of the packages in the list, under the names that it has. */
function dependenciesOf({ dependencies, metadata }, { metadata: { component: own }, components }) {
  const known = new Set(components.map((each) => each['bom-ref']))
  const isOwn = (ref) => ref === metadata.component['bom-ref']
  return dependencies
    .filter(({ ref }) => isOwn(ref) || known.has(ref))
    .map(({ ref, dependsOn = [] }) => ({
      ref: isOwn(ref) ? own['bom-ref'] : ref,
      dependsOn: dependsOn.filter((each) => known.has(each)),
    }))
}

/** A UUID of version 8 (RFC 9562 §5.8), made of the content. */
function uuidOf(content) {
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex')
  const variant = '89ab'[Number.parseInt(hash[16], 16) % 4]
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    variant + hash.slice(17, 20),
    hash.slice(20, 32),
  ].join('-')
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const { values } = parseArgs({
      options: { output: { type: 'string' }, executable: { type: 'boolean', default: false } },
    })
    const text = sbom({ executable: values.executable })
    if (values.output === undefined) process.stdout.write(text)
    else writeFileSync(values.output, text)
  } catch (error) {
    report(error)
  }
}
