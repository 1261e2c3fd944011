import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { loadConfig } from '../../src/config/load.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const schema = z.strictObject({ word: z.string().default('usual') })
let folder: string

beforeEach(() => {
  folder = temporaryFolder('config')
})

function load(config?: string, variables: Record<string, string> = {}) {
  return loadConfig(schema, { config, environment: { variables, home: folder } })
}

function write(name: string, text: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

it('a file that is named is read', () => {
  const file = write('my.yaml', 'word: mine\n')
  expect(load(file)).toEqual({ file, config: { word: 'mine' } })
  expect(load(undefined, { TOCSIN_CONFIG: file })).toEqual({ file, config: { word: 'mine' } })
})

it('without a file everything has its default', () => {
  expect(load(undefined, { XDG_CONFIG_HOME: join(folder, 'none') }).config).toEqual({ word: 'usual' })
})

it("the user's file is found", () => {
  mkdirSync(join(folder, 'tocsin'))
  const file = write('tocsin/tocsin.yaml', 'word: found\n')
  expect(load(undefined, { XDG_CONFIG_HOME: folder })).toEqual({ file, config: { word: 'found' } })
})

it('a named file that is not there is an error', () => {
  const file = join(folder, 'none.yaml')
  expect(() => load(file)).toThrow(
    expect.objectContaining({ code: 'TCN_CONFIG_UNREADABLE', details: { file } }),
  )
})

it('a folder, a file that is too large and one that is not UTF-8 are unreadable', () => {
  const unreadable = expect.objectContaining({ code: 'TCN_CONFIG_UNREADABLE' })
  expect(() => load(folder)).toThrow(unreadable)
  expect(() => load(write('big.yaml', `# ${'x'.repeat(1024 * 1024)}`))).toThrow(unreadable)
  expect(() => load(write('latin1.yaml', Uint8Array.of(0x77, 0x3a, 0x20, 0xe9)))).toThrow(unreadable)
})

it("a user's file that exists but cannot be read is an error", () => {
  mkdirSync(join(folder, 'tocsin/tocsin.yaml'), { recursive: true })
  chmodSync(join(folder, 'tocsin/tocsin.yaml'), 0o000)
  expect(() => load(undefined, { XDG_CONFIG_HOME: folder })).toThrow(
    expect.objectContaining({ code: 'TCN_CONFIG_UNREADABLE' }),
  )
})
