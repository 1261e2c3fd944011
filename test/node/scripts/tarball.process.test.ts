// Runs on each supported Node.js: the loader of modules.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../docs/page.js'
import { Running } from '../../e2e/hub-process.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

/** docs/reference/dependencies.md says what is in it. */
const MAX_BYTES = 2.9e6

const { NODE_OPTIONS: _, VITEST: __, NODE_ENV: ___, ...inherited } = process.env

describe('the tarball', () => {
  let folder: string
  let prefix: string
  let contents: string
  let env: NodeJS.ProcessEnv
  const npm = (...args: string[]) => execFileSync('npm', args, { cwd: folder, env, encoding: 'utf8' })
  const tarballs = () => readdirSync(folder).filter((name) => name.endsWith('.tgz'))
  const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
  const start = (...words: string[]) => new Running('tocsin', words, { cwd: folder, env })

  beforeAll(() => {
    folder = temporaryFolder('tarball')
    prefix = join(folder, 'prefix')
    contents = join(prefix, 'lib/node_modules/tocsin')
    env = { ...inherited, PATH: `${prefix}/bin:${inherited.PATH}`, HOME: folder, XDG_RUNTIME_DIR: folder }
    execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: root, env: inherited, stdio: 'pipe' })
    const [tarball] = tarballs()
    const cache = execFileSync('npm', ['config', 'get', 'cache'], { cwd: root, encoding: 'utf8' })
    const options = [
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--cache',
      cache.trim().split('\n').at(-1)!,
    ]
    const userconfig = ['--userconfig', join(inherited.HOME ?? '/', '.npmrc')]
    npm(
      'install',
      '--global',
      '--prefix',
      prefix,
      '--engine-strict',
      ...options,
      ...userconfig,
      `./${tarball}`,
    )
  })

  it('installs on this Node with strict engines, and runs a hub', async () => {
    const socket = join(folder, 'tocsin.sock')
    const hub = start(
      'serve',
      '--socket',
      socket,
      '--http',
      'off',
      '--no-sources',
      '--data',
      join(folder, 'data'),
    )
    await hub.says('is ready')
    expect(await start('status', '--socket', socket).ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('tocsin 0.1.0'),
    })
    expect(await hub.signal('SIGTERM')).toMatchObject({ code: 0 })
  })

  it('is small', () => {
    const [tarball] = tarballs()
    expect(statSync(join(folder, tarball)).size).toBeLessThan(MAX_BYTES)
  })

  it('has types of what programs use, without those of the parts of a hub', () => {
    const types = join(contents, 'dist/declarations/hub')
    expect(readdirSync(types)).toContain('testing.d.ts')
    expect(readdirSync(types)).not.toContain('hub.d.ts')
  })

  it('gives programs all that it exports, a hub for their tests and the console', () => {
    const program = join(prefix, 'lib/program.mjs')
    writeFileSync(
      program,
      `import { readFileSync } from 'node:fs'
import { Ext, SaltConstant, Timestamp, TocsinError } from 'tocsin'
import { startTestHub } from 'tocsin/testing'

const about = JSON.parse(readFileSync(new URL('node_modules/tocsin/package.json', import.meta.url)))
const names = Object.keys(about.exports).filter((name) => !name.endsWith('.json'))
const entries = await Promise.all(names.map((name) => import('tocsin' + name.slice(1))))
const hub = await startTestHub({ http: true })
const client = await hub.connect()
await client.publish('demo/door', { open: true }, { ack: 'durable' })
const values = { ext: new Ext(5, Uint8Array.of(1)), constant: new SaltConstant('SEED', 1), time: new Timestamp(1, 5) }
await client.publish('demo/values', values, { ack: 'durable' })
const areKnown = []
for await (const { data } of client.read('demo/values', { from: 'start', to: 'now' }).events())
  areKnown.push(data.ext instanceof Ext, data.constant instanceof SaltConstant, data.time instanceof Timestamp)
const refused = await client.publish('', {}).catch((error) => error)
const page = await fetch(hub.http, { headers: { 'accept-encoding': 'br' } })
await page.text()
await hub.close()
const isEmpty = entries.some((entry) => Object.keys(entry).length === 0)
const says = [isEmpty, areKnown, refused instanceof TocsinError, page.headers.get('content-encoding')]
console.log(JSON.stringify(says))
process.exit()
`,
    )
    const said = execFileSync(process.execPath, [program], { cwd: folder, env, encoding: 'utf8' })
    expect(JSON.parse(said)).toEqual([false, [true, true, true], true, 'br'])
  })

  it('needs no package that asks for a newer Node than the oldest supported', () => {
    const modules = join(contents, 'node_modules')
    const cookies = readdirSync(modules, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /(^|\/)cookie\/package\.json$/.test(path),
    )
    expect(cookies.length).toBeGreaterThan(0)
    for (const path of cookies) {
      expect(JSON.parse(readFileSync(join(modules, path), 'utf8')).version).toMatch(/^1\./)
    }
  })

  it('has the manual, the units, examples of their configuration, and every page that its pages link to', () => {
    for (const path of [
      'packaging/systemd/tocsin.service',
      'packaging/systemd/tocsin-bridge.service',
      'packaging/tocsin.yaml',
      'packaging/bridge.yaml',
    ]) {
      expect(existsSync(join(contents, path)), path).toBe(true)
    }
    const { directories } = JSON.parse(readFileSync(join(contents, 'package.json'), 'utf8'))
    const manual = readdirSync(join(contents, directories.man))
    expect(manual).toEqual(expect.arrayContaining(['tocsin.1', 'tocsin-tail.1', 'tocsin.yaml.5']))
    const pages = readdirSync(contents, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.md') && !path.startsWith('node_modules/'),
    )
    expect(pages).toContain('README.md')
    expect(pages.flatMap((page) => brokenLinks(contents, page))).toEqual([])
  })

  it('is the same file again when nothing has changed', () => {
    const [first] = tarballs()
    const before = hashOf(join(folder, first))
    const again = mkdtempSync(join(folder, 'again-'))
    const later = new Date(Date.now() + 3_600_000)
    for (const name of ['README.md', 'CHANGELOG.md']) utimesSync(join(root, name), later, later)
    execFileSync('npm', ['pack', '--pack-destination', again], { cwd: root, env: inherited, stdio: 'pipe' })
    expect(hashOf(join(again, first))).toBe(before)
  })

  it('leaves nothing behind when it is removed', () => {
    npm('uninstall', '--global', '--prefix', prefix, 'tocsin')
    expect(existsSync(contents)).toBe(false)
    expect(existsSync(join(prefix, 'bin/tocsin'))).toBe(false)
  })
})

/** Links to sources and tests are for readers of the source tree. */
const IN_SOURCE_TREE = /^(test|src|bench|scripts)\//

function brokenLinks(base: string, page: string): string[] {
  const text = readFileSync(join(base, page), 'utf8').replace(/```.*?```/gs, '')
  return [...text.matchAll(/\]\(([^)#\s:]+)(?:#[^)]*)?\)/g)]
    .map(([, link]) => join(dirname(page), link))
    .filter((path) => !IN_SOURCE_TREE.test(path) && !existsSync(join(base, path)))
    .map((path) => `${page}: ${path}`)
}
