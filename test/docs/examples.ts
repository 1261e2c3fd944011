import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from './page.js'
import { compilerOptions, type Program, writeProgram } from './programs.js'

/** A name that an entry of the package exports, with the examples in its doc comments. */
export interface PublicName {
  /** `tocsin` or `tocsin/<entry>`. */
  entry: string
  name: string
  isFunction: boolean
  /** The examples of the name itself, without those of its members. */
  own: readonly string[]
  /** All as programs, which import the names of the entry that they use. */
  programs: readonly Program[]
}

/** Returns the exports of all entries, as their declarations show them to the users of the package. */
export function publicNames(): PublicName[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const files = Object.keys(exports)
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => ({ entry: `tocsin${entry.slice(1)}`, file: join(root, exports[entry].types) }))
  const program = ts.createProgram(
    files.map(({ file }) => file),
    compilerOptions(),
  )
  const checker = program.getTypeChecker()
  return files.flatMap(({ entry, file }) => {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    return module === undefined ? [] : namesOf(entry, checker.getExportsOfModule(module), checker)
  })
}

function namesOf(entry: string, exported: readonly ts.Symbol[], checker: ts.TypeChecker): PublicName[] {
  const meant = exported.map((each) => ({ name: each.name, symbol: originOf(each, checker) }))
  const values = meant.filter(({ symbol }) => symbol.flags & ts.SymbolFlags.Value).map(({ name }) => name)
  return meant.map(({ name, symbol }, place) => {
    const members = [...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? [])]
    const all = [symbol, ...members].flatMap((each) => examplesOf(each, checker))
    // Two names may differ only in case, but not two files.
    const page = `${entry}/${name}/${place}`
    return {
      entry,
      name,
      isFunction: (symbol.flags & ts.SymbolFlags.Function) !== 0,
      own: examplesOf(symbol, checker),
      programs: all.map((text, nth) => programOf(text, { page, line: nth + 1 }, entry, values)),
    }
  })
}

function originOf(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

function examplesOf(symbol: ts.Symbol, checker: ts.TypeChecker): string[] {
  return symbol
    .getJsDocTags(checker)
    .filter(({ name }) => name === 'example')
    .map(({ text }) => ts.displayPartsToString(text))
}

/** Things that examples use without saying where they come from, as they have nothing to do with what is shown. */
const surroundings = `
import { readFileSync, writeFileSync } from 'node:fs'
declare function handle(notification: unknown): Promise<void>
declare function sendMail(data: unknown): Promise<void>
declare const bytes: Uint8Array
declare const event: import('tocsin').ReceivedEvent
declare const hub: import('tocsin').Client
declare const nas: import('tocsin/sysadm').SysadmClient
declare const readings: readonly unknown[]
declare const sock: import('tocsin/ncs').NotificationSocket
declare const n: import('tocsin/ncs').NcsNotification
declare const token: string
declare const work: import('tocsin').Subscription
`

/** A block of its own lets an example declare names that its surroundings have. */
function programOf(
  example: string,
  place: Pick<Program, 'page' | 'line'>,
  entry: string,
  exported: readonly string[],
): Program {
  const lines = example.split('\n')
  const imports = lines.filter((line) => line.startsWith('import '))
  const body = lines.filter((line) => !line.startsWith('import ')).join('\n')
  const words = new Set(body.match(/[\w$]+/g))
  const imported = new Set(imports.join(' ').match(/[\w$]+/g))
  const needed = exported.filter((name) => words.has(name) && !imported.has(name))
  const text = `${imports.join('\n')}
import { ${needed.join(', ')} } from '${entry}'
${surroundings}
{
${body}
}`
  return { ...place, lastLine: place.line, text }
}

/** The result that an example shows: `expression // result`, or the result on the next line. */
const SHOWN = /^(?!console\.|(?:const|let|for|if|await|import) |[)}\]])(\S.*?)(?: |\n)\/\/ (.+)$/gm

/**
 * Runs the examples that show results and need no server, and compares those with what they get. Returns the number of
 * comparisons, and the expressions that have another result.
 */
export function checkResults(programs: readonly Program[]): { compared: number; wrong: string[] } {
  const files = programs.flatMap((program) => {
    const text = program.text.replaceAll(SHOWN, comparison)
    return text === program.text || /\bawait\b/.test(text) ? [] : [writeProgram({ ...program, text })]
  })
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', runner, ...files], {
    encoding: 'utf8',
  })
  return JSON.parse(output)
}

/** A result that is not written in JavaScript is for people. */
function comparison(line: string, expression: string, shown: string): string {
  const result = shown.replaceAll(/Uint8Array \[(.*?)\]/g, 'Uint8Array.of($1)')
  try {
    new Function(`return (${result})`)
  } catch {
    return line
  }
  return `compare(${JSON.stringify(expression)}, ${expression}, (${result}))`
}

const runner = `
import { isDeepStrictEqual } from 'node:util'
const { log } = console
console.log = () => {}
const found = { compared: 0, wrong: [] }
globalThis.compare = (expression, actual, result) => {
  found.compared++
  if (!isDeepStrictEqual(actual, result)) found.wrong.push(expression)
}
for (const file of process.argv.slice(1)) await import(file)
log(JSON.stringify(found))
`
