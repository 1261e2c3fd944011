import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Block, readPage, root } from './page.js'
import { compilerOptions, diagnosticTexts } from './programs.js'

const { blocks } = readPage('docs/guide/sources.md')
const files = blocks.filter(({ language, label }) => language === 'ts' && label !== '')
const changes = blocks.filter(({ language }) => language === 'diff')

let tree: string

beforeAll(() => {
  // Within this package, so that imports find its dependencies.
  mkdirSync(join(root, '.cache'), { recursive: true })
  tree = mkdtempSync(join(root, '.cache/source-example-'))
  for (const folder of ['src', 'test/helpers']) {
    cpSync(join(root, folder), join(tree, folder), { recursive: true })
  }
  for (const { label, text } of files) {
    mkdirSync(dirname(join(tree, label)), { recursive: true })
    writeFileSync(join(tree, label), text)
  }
  for (const change of changes) apply(change)
})

afterAll(() => rmSync(tree, { recursive: true, force: true }))

/** Applies a change. Its parts are separated by `@@`; lines that it removes must exist unchanged. */
function apply({ label, text }: Block): void {
  const path = join(tree, label)
  let changed = readFileSync(path, 'utf8')
  for (const part of text.split(/^@@\n/m)) {
    const side = (mark: string) =>
      part
        .split(/(?<=\n)/)
        .filter((line) => line[0] !== mark)
        .map((line) => line.slice(1))
        .join('')
    const before = side('+')
    expect(changed.split(before), `${label} has once: ${before}`).toHaveLength(2)
    changed = changed.replace(before, () => side('-'))
  }
  writeFileSync(path, changed)
}

describe('the source in the guide', () => {
  it('compiles', () => {
    const roots = files.map(({ label }) => join(tree, label))
    const program = ts.createProgram(roots, { ...compilerOptions(), noUnusedLocals: true })
    expect(diagnosticTexts(program)).toEqual([])
  }, 60_000)

  it('is formatted like the rest', () => {
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
    for (const { label, text } of files) {
      const format = ['check', '--write', `--stdin-file-path=${label}`]
      const { stdout } = spawnSync(process.execPath, [biome, ...format], { cwd: root, input: text })
      expect(stdout.toString(), label).toBe(text)
    }
  })

  it('passes its test', () => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const [test] = files.filter(({ label }) => label.startsWith('test/'))
    const run = [vitest, 'run', '--root', tree, test.label]
    const { NODE_OPTIONS: _, ...env } = process.env
    const { status, stdout, stderr } = spawnSync(process.execPath, run, { env, encoding: 'utf8' })
    expect({ status, output: stdout + stderr }).toEqual({
      status: 0,
      output: expect.stringMatching(/5 passed/),
    })
  })
})
