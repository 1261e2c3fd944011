// npm run package:sbom: writes what Tocsin consists of, as a list of CycloneDX 1.5 in JSON.
//   --output FILE   where to (default: standard output)
//   --executable    of the executable in the Debian package, which contains Node.js and LMDB too
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { report, root } from '../steps.mjs'
import { time } from './tree.mjs'

/** A tool that compiles: nothing of it is in the result. */
const TOOL = 'esbuild'

/** Returns the text of the list. The same sources give the same text. */
export function sbom({ executable = false, version } = {}) {
  const list = npmList()
  const name = 'tocsin'
  version ??= list.metadata.component.version
  const own = { ...list.metadata.component, name, version, 'bom-ref': `${name}@${version}` }
  const installed = installedWithIt()
  const components = list.components.filter((each) => installed.has(each['bom-ref']))
  if (executable) components.push(...contained())
  for (const each of components) each.licenses ??= licencesOf(each)
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

/** By the lockfile: `npm sbom --omit dev` leaves out packages of which developers' tools have an optional use. */
function installedWithIt() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const inConsole = bundledWith(packages)
  const named = Object.entries(packages).map(([path, each]) => ({
    ...each,
    name: path.replace(/^.*node_modules\//, ''),
  }))
  return new Set(
    named
      .filter(({ name, dev }) => !dev || inConsole.has(name))
      .map(({ name, version }) => `${name}@${version}`),
  )
}

/** Packages of developers whose code is part of the console: what it is compiled with, and what that needs itself. */
function bundledWith(packages) {
  const compiler = JSON.parse(readFileSync(join(root, 'scripts/compiler/package.json'), 'utf8'))
  const found = new Set(Object.keys(compiler.dependencies).filter((name) => name !== TOOL))
  for (const name of found) {
    for (const needed of Object.keys(packages[`node_modules/${name}`].dependencies ?? {})) found.add(needed)
  }
  return found
}

/** What is compiled into the executable and the addon beside it. */
function contained() {
  const { node } = process.versions
  const lmdb = JSON.parse(readFileSync(join(root, 'node_modules/lmdb/package.json'), 'utf8')).version
  return [
    { name: 'node', version: node, purl: `pkg:generic/node@${node}`, licences: 'MIT' },
    { name: 'liblmdb', version: lmdb, purl: `pkg:generic/liblmdb?in=lmdb@${lmdb}`, licences: 'OLDAP-2.8' },
  ].map(({ licences, ...each }) => ({
    'bom-ref': `${each.name}@${each.version}`,
    type: each.name === 'node' ? 'platform' : 'library',
    scope: 'required',
    ...each,
    licenses: [{ license: { id: licences } }],
  }))
}

/** The lockfile does not repeat all licences. */
function licencesOf({ name }) {
  const { license } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'))
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
