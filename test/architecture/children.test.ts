import { expect, test } from 'vitest'
import { filesUnder, importsOf, type SourceFile } from './sources.js'

const sources = filesUnder('src').filter((file) => /(?<!\.d)\.ts$/.test(file.path))

const importersOf = (module: string, files: readonly SourceFile[] = sources): string[] =>
  files.filter((file) => importsOf(file).includes(module)).map((file) => file.path)

test('all children are started in one place, which leaves them no open file of this process', () => {
  expect(importersOf('node:child_process')).toEqual(['src/processes/start-child.ts'])
  expect(importersOf('node:cluster')).toEqual([])
  const withoutImport = sources.filter((file) =>
    /(getBuiltinModule|require)\(['"](node:)?child_process/.test(file.text),
  )
  expect(withoutImport.map((file) => file.path)).toEqual([])
})

test('LMDB is opened in one place, which tells that of the children', () => {
  expect(importersOf('lmdb')).toEqual(['src/storage/environment.ts'])
  const opening = sources.find((file) => file.path === 'src/storage/environment.ts')!
  expect(opening.text.match(/\bopen</g)).toHaveLength(1)
  expect(opening.text).toMatch(/\bopen<[\s\S]*?\}\)\n\s+filesWereOpened\(\)/)
})

test('a module that starts a child by itself is detected', () => {
  const file = { path: 'src/a.ts', text: `const { fork } = await import('node:child_process')` }
  expect(importersOf('node:child_process', [file])).toEqual(['src/a.ts'])
})
