import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Block, readPage, root } from './page.js'
import { compilerOptions, diagnosticTexts } from './programs.js'

/**
 * Checks the example of a page: its blocks `ts <path>` are new files, its blocks `diff <path>` change existing ones.
 * They are applied to a copy of the source, where the new files must compile and their tests must pass.
 */
export function describeExample(page: string, passed: number): void {
  const { blocks } = readPage(page)
  const files = blocks.filter(({ language, label }) => language === 'ts' && label !== '')
  const changes = blocks.filter(({ language }) => language === 'diff')

  describe(`the example in ${page}`, () => {
    let tree: string

    beforeAll(async () => {
      tree = copyOfSource()
      for (const { label, text } of files) {
        mkdirSync(dirname(join(tree, label)), { recursive: true })
        writeFileSync(join(tree, label), text)
      }
      for (const change of changes) applyChange(tree, change)
      if (changes.some(({ label }) => label === 'src/methods/index.ts')) await generateMethodTypes(tree)
    })

    afterAll(() => rmSync(tree, { recursive: true, force: true }))

    it('compiles', () => {
      const roots = [...files.map(({ label }) => join(tree, label)), ...declarationsIn(join(tree, 'src'))]
      const program = ts.createProgram(roots, { ...compilerOptions(), noUnusedLocals: true })
      const touched = new Set([...files, ...changes].map(({ label }) => join(tree, label)))
      const reached = program
        .getSourceFiles()
        .filter((file) => touched.has(file.fileName) || imports(file, touched))
      expect(reached.flatMap((file) => diagnosticTexts(program, file))).toEqual([])
    }, 180_000)

    it('is formatted like the project', () => {
      for (const { label, text } of files) expect(formatted(label, text), label).toBe(text)
    })

    it('passes its tests', () => {
      const tests = files.map(({ label }) => label).filter((label) => label.startsWith('test/'))
      const vitest = join(root, 'node_modules/vitest/vitest.mjs')
      const { NODE_OPTIONS: _, ...env } = process.env
      const run = [vitest, 'run', '--root', tree, ...tests]
      const { status, stdout, stderr } = spawnSync(process.execPath, run, { env, encoding: 'utf8' })
      expect({ status, output: stdout + stderr }).toEqual({
        status: 0,
        output: expect.stringContaining(`${passed} passed`),
      })
    }, 120_000)
  })
}

/** A copy within this package, so that imports find its dependencies. */
function copyOfSource(): string {
  mkdirSync(join(root, '.cache'), { recursive: true })
  const tree = mkdtempSync(join(root, '.cache/example-'))
  for (const path of ['src', 'scripts/docs', 'test/helpers', 'test/log/conformance', 'package.json']) {
    cpSync(join(root, path), join(tree, path), { recursive: true })
  }
  writeFileSync(join(tree, 'vitest.config.mjs'), CONFIG)
  return tree
}

/** The copy has nothing that is built, and loads its sources once. */
const CONFIG = `export default {
  test: { maxWorkers: 1, isolate: false, setupFiles: ['./test/helpers/remove-folders.ts'] },
}
`

/** Does what `npm run docs` does with the types of the methods. */
async function generateMethodTypes(tree: string): Promise<void> {
  const { methodTypesModule } = (await import(join(tree, 'scripts/docs/method-types.ts'))) as {
    methodTypesModule: () => string
  }
  writeFileSync(join(tree, 'src/methods/contract/index.ts'), methodTypesModule())
}

/** Returns whether the file imports one of these. */
function imports({ fileName, text }: ts.SourceFile, wanted: ReadonlySet<string>): boolean {
  return ts
    .preProcessFile(text)
    .importedFiles.some((each) => wanted.has(join(dirname(fileName), each.fileName.replace(/\.js$/, '.ts'))))
}

/** The types of packages that have none, which nothing imports. */
function declarationsIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.d.ts')).map((file) => join(folder, file))
}

/** The parts of a change are separated by `@@`. The text that a part replaces must occur exactly once. */
function applyChange(tree: string, { label, text }: Block): void {
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

function formatted(label: string, text: string): string {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const format = ['check', '--write', `--stdin-file-path=${label}`]
  const { stdout } = spawnSync(process.execPath, [biome, ...format], { cwd: root, input: text })
  return stdout.toString()
}
