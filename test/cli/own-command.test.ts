import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { ownCommand } from '../../src/cli/own-command.js'

function folderWith(name: string, mode: number, ...within: string[]): string {
  const base = mkdtempSync(join(tmpdir(), 'tocsin-path-'))
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  const folder = join(base, ...within)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), '', { mode })
  return folder
}

it('is the bare name where a shell finds the program', () => {
  expect(ownCommand(`/nowhere:${folderWith('tocsin', 0o755)}`)).toBe('tocsin')
})

it('goes through npx where the program is not on the PATH', () => {
  expect(ownCommand(`/nowhere:${folderWith('other', 0o755)}`)).toBe('npx tocsin')
  expect(ownCommand(folderWith('tocsin', 0o644))).toBe('npx tocsin')
  expect(ownCommand(undefined)).toBe('npx tocsin')
})

it('is not misled by what npm adds to the PATH of its scripts', () => {
  expect(ownCommand(folderWith('tocsin', 0o755, 'node_modules', '.bin'))).toBe('npx tocsin')
})
