import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, it } from 'vitest'

it('has types that name the library of TypeScript that they need, for programs without the types of Node', () => {
  const source = readFileSync(new URL('../../src/client/api.ts', import.meta.url), 'utf8')
  const { outputText } = ts.transpileDeclaration(source, {})
  expect(outputText).toContain('/// <reference lib="esnext.disposable"')
})
