import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

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
    expect(needed.filter((name) => name.startsWith('./')).length).toBeLessThan(40)
    expect(needed.filter((name) => !/^(?:\.\/|node:)/.test(name))).toEqual([])
  })

  it('finds files of the package from the places of the modules that look for them', () => {
    const modules = readdirSync(folder).filter((name) => name.endsWith('.js'))
    const text = modules.map((name) => readFileSync(folder + name, 'utf8')).join('\n')
    expect(text).toContain('new URL("../hub/version.js", import.meta.url).href')
    expect(text).toContain('new URL("../protocols/sctp/socket/addon.js", import.meta.url).href')
    expect(text).toContain('new URL("../faces/native/ncs/xpath/thread-file.js", import.meta.url).href')
    const elsewhere = text.replace(/new URL\("\.\.\/[^"]+", import\.meta\.url\)\.href/g, '')
    // What is left is the banner of each file.
    expect(elsewhere.match(/import\.meta\.url/g)).toHaveLength(modules.length)
  })

  it('finds them from the one file of the hub too', () => {
    const [file] = readdirSync(folder).filter((name) => name.endsWith('.cjs'))
    const text = readFileSync(folder + file, 'utf8')
    expect(text).toContain('new URL("../hub/version.js", require("node:url").pathToFileURL(__filename)).href')
    expect(text).not.toContain('import_meta.url')
    // It is read as Latin-1, which is quicker and does not matter in a comment.
    const others = text.split('\n').filter((line) => /[^\x00-\x7f]/.test(line))
    expect(others.filter((line) => !/^\s*(?:\/?\*|\/\/)/.test(line))).toEqual([])
  })
})
