// Runs on each supported Node.js: the loader of modules.
import { channel } from 'node:diagnostics_channel'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { loadWithCodeCache } from '../../../src/cli/code-cache.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const STARTED = 'test:program:started'
let folder: string
let program: string

beforeEach(() => {
  folder = temporaryFolder('code')
  program = join(folder, 'program.cjs')
  writeFileSync(
    program,
    `(function (exports, require, module, __filename, __dirname) {
const { basename } = require("node:path")
function name() { return basename(__filename) }
globalThis.ran = name()
})`,
  )
})

const caches = () => readdirSync(folder).filter((name) => name.endsWith('.cache'))

function run(): boolean {
  const { isCached } = loadWithCodeCache(program, STARTED, {})
  channel(STARTED).publish({})
  expect((globalThis as { ran?: string }).ran).toBe('program.cjs')
  return isCached
}

it('compiles a program at its first start, and keeps the code for the next ones', () => {
  expect(run()).toBe(false)
  expect(caches()).toHaveLength(1)
  expect(run()).toBe(true)
  expect(run()).toBe(true)
})

it('writes nothing before the program has started', () => {
  loadWithCodeCache(program, STARTED, {})
  expect(caches()).toEqual([])
  channel(STARTED).publish({})
  expect(caches()).toHaveLength(1)
})

it.each(['a changed byte', 'a cut', 'no byte'])(
  'compiles again when its code was damaged by %s',
  (damage) => {
    run()
    const path = join(folder, caches()[0])
    const bytes = readFileSync(path)
    bytes[bytes.length >> 1] ^= 0xff
    writeFileSync(
      path,
      damage === 'a changed byte' ? bytes : damage === 'a cut' ? bytes.subarray(0, 100) : '',
    )
    expect(run()).toBe(false)
    expect(run()).toBe(true)
  },
)

it('runs the program where nothing can be written', () => {
  // Root may write to a folder whatever its mode, but not a file to a path that is a folder.
  run()
  const name = caches()[0]
  rmSync(join(folder, name))
  mkdirSync(join(folder, name))
  expect(run()).toBe(false)
  expect(readdirSync(folder).filter((entry) => entry.includes('.cache.'))).toEqual([])
})

it('takes the code that was delivered with the program, and never replaces it', () => {
  run()
  renameSync(join(folder, caches()[0]), `${program}.cache`)
  expect(run()).toBe(true)
  writeFileSync(`${program}.cache`, 'of another version')
  expect(run()).toBe(false)
  expect(caches()).toEqual(['program.cjs.cache'])
  expect(readFileSync(`${program}.cache`, 'utf8')).toBe('of another version')
})
