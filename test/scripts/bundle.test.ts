import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { STARTED } from '../../src/cli/commands/serve/started.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const folder = fileURLToPath(new URL('../../dist/bundle/', import.meta.url))
const imported = /^(?:import|export)\b[^'"]*?["']([^"']+)["'];?$/gm

/** What Node reads before the first line of the program runs. */
function staticImports(file: string, known = new Set<string>()): Set<string> {
  if (known.has(file)) return known
  known.add(file)
  if (!file.startsWith('./')) return known
  for (const [, name] of readFileSync(folder + file, 'utf8').matchAll(imported)) staticImports(name, known)
  return known
}

describe('the bundle of the command', () => {
  const [, program] = /import\("(\.\/main-[^"]+)"\)/.exec(readFileSync(`${folder}main.js`, 'utf8'))!
  const needed = [...staticImports(program, staticImports('./main.js'))]

  it('starts with few files, and without a package', () => {
    expect(needed.filter((name) => name.startsWith('./')).length).toBeLessThan(42)
    expect(needed.filter((name) => !/^(?:\.\/|node:)/.test(name))).toEqual([])
  })

  it('finds files of the package from the places of the modules that look for them', () => {
    const modules = readdirSync(folder).filter((name) => name.endsWith('.js'))
    const text = modules.map((name) => readFileSync(folder + name, 'utf8')).join('\n')
    expect(text).toContain('new URL("../hub/version.js", import.meta.url).href')
    expect(text).toContain('new URL("../protocols/sctp/socket/addon.js", import.meta.url).href')
    expect(text).toContain('new URL("../faces/shared/xpath/thread-file.js", import.meta.url).href')
    expect(text).toContain('new URL("../hub/config/thread/thread-file.js", import.meta.url).href')
    const elsewhere = text.replace(/new URL\("\.\.\/[^"]+", import\.meta\.url\)\.href/g, '')
    // What is left is the banner of each file.
    expect(elsewhere.match(/import\.meta\.url/g)).toHaveLength(modules.length)
  })

  it('finds them from the one file of the hub too', () => {
    const [file] = readdirSync(folder).filter((name) => name.endsWith('.cjs'))
    const text = readFileSync(folder + file, 'utf8')
    expect(text).toContain('new URL("../hub/version.js",require("node:url").pathToFileURL(__filename)).href')
    expect(text).not.toContain('import_meta.url')
    // It is read as Latin-1, which is quicker and does not matter in a comment.
    const others = text.split('\n').filter((line) => /[^\x00-\x7f]/.test(line))
    expect(others.filter((line) => !/^\s*(?:\/?\*|\/\/)/.test(line))).toEqual([])
  })

  it('has no import that runs later in the file of the hub, since code from a cache cannot import', () => {
    const [file] = readdirSync(folder).filter((name) => name.endsWith('.cjs'))
    expect(readFileSync(folder + file, 'utf8').match(/\bimport\("[^"]*"\)/g)).toBeNull()
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
