import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readTrusted, TrustedPlace } from '../../src/config/trusted-file.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const OTHER = 12345
// Only root can make what belongs to others.
const isRoot = process.getuid?.() === 0
let folder: string

beforeEach(() => {
  folder = temporaryFolder('trusted')
})
afterEach(() => vi.unstubAllEnvs())

function put(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function link(target: string, name: string): string {
  const path = join(folder, name)
  symlinkSync(target, path)
  return path
}

const read = (path: string) => readTrusted(path).toString()

it('a file is read through relative and absolute links, and links of folders', () => {
  mkdirSync(join(folder, 'real/deep'), { recursive: true })
  const file = put('real/deep/file', 'content')
  put('beside', 'another')
  link('real/deep', 'folder')
  link(join(folder, 'folder'), 'again')
  link('../../beside', 'real/deep/up')
  expect(read(file)).toBe('content')
  expect(read(join(folder, 'folder/file'))).toBe('content')
  expect(read(join(folder, 'again/./file'))).toBe('content')
  expect(read(join(folder, 'again/up'))).toBe('another')
  // A parent is that of the folder to which a link leads, as for the kernel.
  mkdirSync(join(folder, 'real/beside'))
  expect(() => read(`${folder}/folder/../beside`)).toThrow('EISDIR')
})

it('the folders of Kubernetes for ConfigMaps and Secrets, which have links of root, are read and replaced', () => {
  mkdirSync(join(folder, '..2026_11_20'))
  put('..2026_11_20/tocsin.yaml', 'old')
  link('..2026_11_20', '..data')
  const path = link('..data/tocsin.yaml', 'tocsin.yaml')
  expect(read(path)).toBe('old')
  mkdirSync(join(folder, '..2026_11_21'))
  put('..2026_11_21/tocsin.yaml', 'new')
  link('..2026_11_21', '..data_tmp')
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  expect(read(path)).toBe('new')
})

it('errors name the path that was given', () => {
  const missing = join(folder, 'none/file')
  expect(() => read(missing)).toThrow(`'${missing}'`)
  expect(() => read(join(folder, 'file'))).toThrow(`ENOENT: no such file or directory, open '${folder}/file'`)
  expect(() => read(join(put('file', ''), 'below'))).toThrow(`'${folder}/file/below'`)
  expect(() => read(link('loop', 'loop'))).toThrow('leads through too many links')
  expect(() => readTrusted(put('long', 'x'.repeat(11)), 10)).toThrow(
    `${folder}/long has 11 bytes, 10 are allowed`,
  )
})

it('what was found cannot be exchanged', () => {
  mkdirSync(join(folder, 'one'))
  const path = put('one/file', 'first')
  using place = TrustedPlace.find(path)
  rmSync(join(folder, 'one'), { recursive: true })
  mkdirSync(join(folder, 'two'))
  put('two/file', 'second')
  link('two', 'one')
  expect(readFileSync(place.path, 'utf8')).toBe('first')
})

it('what is missing is not created through a link that comes later', () => {
  using place = TrustedPlace.find(join(folder, 'later'))
  link('target', 'later')
  expect(() => writeFileSync(place.path, '', { flag: place.flags as unknown as string })).toThrow('ELOOP')
})

it('no descriptor stays open', () => {
  const count = () => readFileSync('/proc/self/status', 'utf8').match(/FDSize:\s+(\d+)/)![1]
  const path = link('file', 'link')
  put('file', 'a')
  read(path)
  const before = count()
  for (let i = 0; i < 500; i++) {
    read(path)
    expect(() => read(join(folder, 'none'))).toThrow('ENOENT')
  }
  expect(count()).toBe(before)
})

it.runIf(isRoot)('a file of another user is not read, unless the operator trusts that user', () => {
  const path = put('file', 'content')
  chownSync(path, OTHER, OTHER)
  expect(() => read(path)).toThrow(
    `${path} belongs to user 12345: give it to root or to the user of the hub, or start the hub with TOCSIN_TRUSTED_USERS=12345`,
  )
  vi.stubEnv('TOCSIN_TRUSTED_USERS', `998,${OTHER}`)
  expect(read(path)).toBe('content')
  vi.stubEnv('TOCSIN_TRUSTED_USERS', 'all')
  expect(() => read(path)).toThrow('belongs to user 12345')
})

it.runIf(isRoot)(
  'a link of another user is not followed, neither as the file nor as a folder on the way',
  () => {
    mkdirSync(join(folder, 'real'))
    put('real/file', 'content')
    for (const [target, name, path] of [
      ['real/file', 'to-file', 'to-file'],
      ['real', 'to-folder', 'to-folder/file'],
    ]) {
      const made = link(target, name)
      lchownSync(made, OTHER, OTHER)
      expect(() => read(join(folder, path))).toThrow(
        'leads through a link of user 12345, which is not followed',
      )
      vi.stubEnv('TOCSIN_TRUSTED_USERS', String(OTHER))
      expect(read(join(folder, path))).toBe('content')
      vi.unstubAllEnvs()
    }
  },
)

const findGuarded = (path: string) => () => TrustedPlace.find(path, { guarded: true })[Symbol.dispose]()

it('a guarded place is not below a folder that everybody may write, unless that has the sticky bit', () => {
  const open = join(folder, 'open')
  mkdirSync(join(open, 'own/place'), { recursive: true })
  link('open/own', 'link')
  for (const path of [join(open, 'own/place'), join(folder, 'link/place')]) {
    chmodSync(open, 0o777)
    expect(findGuarded(path)).toThrow(
      `the folder ${open} on the way to ${path} can be written by everybody: take that right away (chmod o-w)`,
    )
    expect(() => TrustedPlace.find(path)[Symbol.dispose]()).not.toThrow()
    for (const mode of [0o1777, 0o770, 0o755]) {
      chmodSync(open, mode)
      expect(findGuarded(path)).not.toThrow()
    }
  }
})

it.runIf(isRoot)(
  'a guarded place is not below a folder of another user, also where that is a link away',
  () => {
    const foreign = join(folder, 'foreign')
    mkdirSync(join(foreign, 'own/place'), { recursive: true })
    link('foreign/own', 'link')
    for (const path of [join(foreign, 'own/place'), join(folder, 'link/place')]) {
      chownSync(foreign, OTHER, OTHER)
      expect(findGuarded(path)).toThrow(
        `the folder ${foreign} on the way to ${path} belongs to user 12345: give it to root or to the user of the hub`,
      )
      vi.stubEnv('TOCSIN_TRUSTED_USERS', String(OTHER))
      expect(findGuarded(path)).not.toThrow()
      vi.unstubAllEnvs()
      chownSync(foreign, 0, 0)
      expect(findGuarded(path)).not.toThrow()
    }
  },
)

it.runIf(isRoot)(
  'another user can exchange a folder that the check refuses, and no folder that it accepts',
  () => {
    const exchange = (above: string) =>
      spawnSync(
        'setpriv',
        [`--reuid=${OTHER}`, `--regid=${OTHER}`, '--clear-groups', 'mv', 'own', 'theirs'],
        {
          cwd: above,
        },
      ).status === 0
    chmodSync(folder, 0o755)
    for (const [mode, owner] of [
      [0o755, OTHER],
      [0o777, 0],
      [0o1777, 0],
      [0o775, 0],
    ]) {
      const above = join(folder, `${mode}-${owner}`)
      mkdirSync(join(above, 'own/place'), { recursive: true })
      chmodSync(above, mode)
      chownSync(above, owner, 0)
      let isRefused = false
      try {
        findGuarded(join(above, 'own/place'))()
      } catch {
        isRefused = true
      }
      expect({ mode, owner, isRefused }).toEqual({ mode, owner, isRefused: exchange(above) })
    }
  },
)
