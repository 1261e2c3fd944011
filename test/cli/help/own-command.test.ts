import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { callable, ownCommand } from '../../../src/cli/help/own-command.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const clone = { program: '/home/me/tocsin/dist/cli/main.js', folder: '/home/me/tocsin' }

function folderWith(name: string, mode: number, ...within: string[]): string {
  const base = temporaryFolder('path')
  const folder = join(base, ...within)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), '', { mode })
  return folder
}

it('is the bare name if a shell finds the program', () => {
  expect(ownCommand({ ...clone, path: `/nowhere:${folderWith('tocsin', 0o755)}` })).toBe('tocsin')
})

it('uses npx in the folder of a package that has the program', () => {
  expect(ownCommand({ ...clone, path: `/nowhere:${folderWith('other', 0o755)}` })).toBe('npx tocsin')
  expect(ownCommand({ ...clone, path: folderWith('tocsin', 0o644) })).toBe('npx tocsin')
  expect(ownCommand({ ...clone, path: undefined })).toBe('npx tocsin')
})

it('uses npx if npx started the program from its own cache', () => {
  const program = '/home/me/.npm/_npx/0539ee3b/node_modules/.bin/tocsin'
  expect(ownCommand({ program, path: '', folder: '/home/me/elsewhere' })).toBe('npx tocsin')
})

it('is the path of the program anywhere else', () => {
  expect(ownCommand({ ...clone, path: '', folder: '/home/me/toc' })).toBe(clone.program)
})

it('is not misled by folders that npm adds to the PATH of its scripts', () => {
  expect(ownCommand({ ...clone, path: folderWith('tocsin', 0o755, 'node_modules', '.bin') })).toBe(
    'npx tocsin',
  )
})

it('is how remedies name commands', () => {
  const folder = folderWith('tocsin', 0o755)
  const remedy = 'Start a hub with `tocsin serve`, or see `tocsin status`.'
  expect(callable(remedy, { PATH: folder })).toBe(remedy)
  const elsewhere = callable(remedy, { PATH: '/nowhere' })
  expect(elsewhere).toMatch(/^Start a hub with `\S.*\S serve`, or see `\S.*\S status`\.$/)
  expect(elsewhere).not.toContain('`tocsin ')
})

it('names npm as what starts a hub again if npm has started it', () => {
  const note = 'Start it with `tocsin serve`; `tocsin serve --http 127.0.0.1:0` takes another port.'
  const env = { PATH: folderWith('tocsin', 0o755), npm_lifecycle_event: 'start' }
  expect(callable(note, { ...env, npm_package_name: 'tocsin' })).toBe(
    'Start it with `npm start`; `npm start -- --http 127.0.0.1:0` takes another port.',
  )
  expect(callable(note, { ...env, npm_package_name: 'shop' })).toBe(note)
})
