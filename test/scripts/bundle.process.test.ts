import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
// @ts-expect-error a script without types
import { asFunction } from '../../scripts/modules.mjs'
import { STARTED } from '../../src/cli/commands/serve/started.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const folder = fileURLToPath(new URL('../../dist/bundle/', import.meta.url))
const { hub, modules } = JSON.parse(readFileSync(`${folder}modules.json`, 'utf8')) as {
  hub: string
  modules: Record<string, { file: string; start: number; length: number }>
}
const files = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.cjs'))
    .map((name) => [name, readFileSync(folder + name, 'utf8')] as const),
)
const texts = Object.entries(modules).map(([name, { file, start, length }]) => ({
  name,
  file,
  text: files.get(file)!.slice(start, start + length),
}))
const textOf = (name: string) => texts.find((module) => module.name === name)!.text

/** What is loaded before the first line of a module runs. */
function loadedFirst(name: string, known = new Set<string>()): Set<string> {
  if (known.has(name)) return known
  known.add(name)
  for (const [, other] of textOf(name).matchAll(/\$load\("([^"]+)"\)/g)) loadedFirst(other, known)
  return known
}

describe('the modules of the program', () => {
  const optional = ['bufferutil', 'utf-8-validate']

  it('are few when the command starts, and need no package', () => {
    const needed = [...loadedFirst('main.js')]
    expect(needed.length).toBeLessThan(50)
    const required = needed.flatMap((name) =>
      [...textOf(name).matchAll(/\brequire\("([^"]+)"\)/g)].map(([, other]) => other),
    )
    expect(required.filter((name) => !isBuiltin(name) && !optional.includes(name))).toEqual([])
  })

  it('are functions, each of its own', () => {
    for (const { name, text } of texts) {
      expect(text.startsWith('(function($load,'), name).toBe(true)
      expect(() => new Script(text), name).not.toThrow()
    }
  })

  it('find files of the package from the places of the modules that look for them', () => {
    for (const { file } of [texts[0], texts.at(-1)!]) {
      const text = files.get(file)!
      // It is read as Latin-1, which is quicker.
      expect(/[^\x00-\x7f]/.test(text)).toBe(false)
      expect(text).not.toMatch(/\bimport\.meta\b/)
    }
    const all = texts.map(({ text }) => text).join('\n')
    for (const module of ['../hub/version.js', '../protocols/sctp/socket/addon.js'])
      expect(all).toContain(`new URL("${module}",$place).href`)
    const threads = [...all.matchAll(/new URL\("\.\/([\w-]+-thread)\.js",\$place\)/g)].map(([, name]) => name)
    expect([...new Set(threads)].sort()).toEqual(['config-thread', 'rewriting-thread', 'xpath-thread'])
    for (const name of threads) expect(readdirSync(folder)).toContain(`${name}.js`)
  })

  it('never import in code from a cache, which cannot', () => {
    expect(texts.filter(({ text }) => /(?<!\$)\bimport\("/.test(text))).toEqual([])
  })

  it('export nothing that changes later, since importers would not see it', () => {
    const make = (text: string) => () => asFunction('a.js', `${text}export{count as c,set};`, [])
    for (const change of [
      'count=1',
      'count += 1',
      'count++',
      '--count',
      'count??=1',
      'count>>>=1',
      'set=null',
    ])
      expect(make(`var count=0;function set(){${change}}`), change).toThrow(
        `a.js exports ${change.includes('count') ? 'count' : 'set'} and assigns it later`,
      )
    for (const use of [
      'count==1',
      'a.count=1',
      'count>=1',
      '(count=>1)',
      'let count=1',
      'counts=1',
      '!count',
    ])
      expect(make(`var count=0;function set(){${use}}`), use).not.toThrow()
  })

  it('that only other commands need are not in the file of the hub', () => {
    const inHub = texts.filter(({ file }) => file === hub).map(({ name }) => name)
    expect(inHub).toContain('main.js')
    expect(inHub.filter((name) => /^(watch|screen|testing|.*-thread)\b/.test(name))).toEqual([])
    expect(texts.some(({ name }) => name.startsWith('screen-'))).toBe(true)
  })
})

describe('a hub that has just started', () => {
  const place = temporaryFolder('start')

  it('has loaded no module of Node, and no file, that it may never need', async () => {
    const { modules, files } = await loaded()
    const late = ['https', 'http2', 'tls', 'worker_threads', 'readline']
    expect(late.filter((name) => modules.includes(`NativeModule ${name}`))).toEqual([])
    expect(files.map((file) => file.replace(/.*\/node_modules\//, ''))).toEqual([
      expect.stringMatching(/^@lmdb\/.*\.node$/),
    ])
  })

  /** What a hub with a log on disk and HTTP has loaded when it says that it is ready. */
  async function loaded(): Promise<{ modules: string[]; files: string[] }> {
    const probe = join(place, 'probe.cjs')
    const result = join(place, 'loaded.json')
    writeFileSync(
      probe,
      `require('node:diagnostics_channel').subscribe('${STARTED}', () => {
        const files = Object.keys(require.cache).filter((file) => file !== __filename)
        require('node:fs').writeFileSync('${result}', JSON.stringify({ modules: process.moduleLoadList, files }))
        setImmediate(() => process.kill(process.pid))
      })`,
    )
    const main = `${folder}main.js`
    const places = ['--data', join(place, 'data'), '--socket', join(place, 'hub.sock')]
    const words = ['--require', probe, main, 'serve', '--no-sources', '--http', '127.0.0.1:0', ...places]
    const hub = spawn(process.execPath, words, { stdio: 'ignore' })
    await once(hub, 'exit')
    return JSON.parse(readFileSync(result, 'utf8'))
  }
})
