import ts from 'typescript'
import { expect, test } from 'vitest'
import { filesUnder, parsed, visitNodes } from './sources.js'

const sources = filesUnder('src')
  .filter(({ path }) => path.endsWith('.ts'))
  .map(parsed)

/** Returns the places of all nodes that pass the test. */
function placesOf(isOne: (node: ts.Node, source: ts.SourceFile) => boolean): string[] {
  const places: string[] = []
  for (const source of sources) {
    visitNodes(source, (node) => {
      if (!isOne(node, source)) return
      const { line } = source.getLineAndCharacterOfPosition(node.getStart())
      places.push(`${source.fileName}:${line + 1}`)
    })
  }
  return places
}

/** Returns the names that more than `most` files declare at their top level. */
function repeatedNames(isOne: (statement: ts.Statement) => boolean, most: number): string[] {
  const files = new Map<string, number>()
  for (const { statements } of sources) {
    const names = statements
      .filter(isOne)
      .flatMap((each) => (each as ts.DeclarationStatement).name?.text ?? [])
    for (const name of new Set(names)) files.set(name, (files.get(name) ?? 0) + 1)
  }
  return [...files].filter(([, count]) => count > most).map(([name, count]) => `${name} ${count}`)
}

function isType(statement: ts.Statement): boolean {
  return (
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isClassDeclaration(statement)
  )
}

/** The numbers below may only go down. */
test('few casts tell the compiler something that it cannot check', () => {
  const casts = placesOf((node, source) => ts.isAsExpression(node) && node.type.getText(source) !== 'const')
  expect(casts.length).toBeLessThanOrEqual(443)
  const asserted = placesOf((node) => ts.isNonNullExpression(node))
  expect(asserted.length).toBeLessThanOrEqual(60)
})

test('the message and the code of a thrown value are read without a cast', () => {
  const casts = placesOf(
    (node, source) =>
      ts.isPropertyAccessExpression(node) &&
      ['message', 'code'].includes(node.name.text) &&
      /\bas (?:Error|NodeJS\.ErrnoException)\)$/.test(node.expression.getText(source)),
  )
  expect(casts).toEqual([])
})

test('few names are declared in many files', () => {
  expect(repeatedNames(isType, 1).length).toBeLessThanOrEqual(193)
  expect(repeatedNames(isType, 4).length).toBeLessThanOrEqual(12)
  expect(repeatedNames(ts.isFunctionDeclaration, 6).length).toBeLessThanOrEqual(16)
})
