import ts from 'typescript'
import { expect, test } from 'vitest'
import { codeOf, filesUnder, parsed, visitNodes } from './sources.js'

const files = filesUnder('src/hub').filter(({ path }) => path.endsWith('.ts'))

/** Names of parts that say what they speak. Other names are also words of the hub itself. */
const PROTOCOLS = /\b(?:ncs|nso|salt|sysadm|sctp|snmp|syslog|otlp|netconf)\b/i

/** Files that still name one. The list only gets shorter. */
const NAMING = ['src/hub/config/keys.ts']

function linesOf(node: ts.Node, source: ts.SourceFile): number {
  const lineAt = (place: number) => source.getLineAndCharacterOfPosition(place).line
  return lineAt(node.getEnd()) - lineAt(node.getStart()) + 1
}

function longFunctions(source: ts.SourceFile, most: number): string[] {
  const long: string[] = []
  visitNodes(source, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return
    const lines = linesOf(node, source)
    if (lines > most) long.push(`${source.fileName}: ${node.name?.getText() ?? 'a function'}, ${lines} lines`)
  })
  return long
}

function membersOf(name: string, file: string): readonly ts.ClassElement[] {
  const found = parsed(files.find(({ path }) => path === file)!).statements.find(
    (each) => ts.isClassDeclaration(each) && each.name?.text === name,
  )
  return (found as ts.ClassDeclaration).members
}

test('the hub has few fields, and takes its parts by name', () => {
  const members = membersOf('Hub', 'src/hub/hub.ts')
  expect(members.filter(ts.isPropertyDeclaration).length).toBeGreaterThan(0)
  expect(members.filter(ts.isPropertyDeclaration).length).toBeLessThanOrEqual(15)
  expect(members.find(ts.isConstructorDeclaration)!.parameters).toHaveLength(1)
})

test('functions of the hub are short', () => {
  expect(files.map(parsed).flatMap((source) => longFunctions(source, 40))).toEqual([])
})

test('a long function is detected', () => {
  const text = `function long() {\n${'\n'.repeat(40)}}`
  expect(longFunctions(parsed({ path: 'a.ts', text }), 40)).toEqual(['a.ts: long, 42 lines'])
})

test('few files of the hub lie beside its folders', () => {
  expect(files.filter(({ path }) => path.split('/').length === 3).length).toBeLessThanOrEqual(8)
})

test('no further file of the hub names a protocol', () => {
  const naming = files.filter((file) => PROTOCOLS.test(codeOf(file))).map(({ path }) => path)
  expect(naming).toEqual(NAMING)
})
