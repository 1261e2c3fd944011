import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { type Page, root } from './page.js'

/** A program shown on a page: a `ts` block with an import, and the following blocks that continue it. */
export interface Program {
  page: string
  /** Line of its first and last block. */
  line: number
  lastLine: number
  text: string
}

const labels = ['', 'kernel', 'checked'] as const

/** Returns programs of one kind: `kernel` programs need a kernel with SCTP, `checked` ones are only compiled. */
export function programsOf({ path, blocks }: Page, where: (typeof labels)[number] = ''): Program[] {
  const programs: Program[] = []
  for (const { language, label, text, line } of blocks) {
    if (language !== 'ts' || label !== where) continue
    const last = programs.at(-1)
    if (last === undefined || /^import /m.test(text))
      programs.push({ page: path, line, lastLine: line, text })
    else Object.assign(last, { text: `${last.text}\n${text}`, lastLine: line })
  }
  return programs
}

/** Returns all programs, including those that are run elsewhere or only compiled. */
export function everyProgramOf(page: Page): Program[] {
  return labels.flatMap((label) => programsOf(page, label))
}

/** Returns the compiler's errors for programs that are in this package and import it by its name. */
export function typeErrors(programs: readonly Program[], over: ts.CompilerOptions = {}): string[] {
  const texts = new Map(programs.map((program) => [join(root, `${nameOf(program)}.ts`), program.text]))
  const options = { ...compilerOptions(), ...over }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile } = host
  host.fileExists = (file) => texts.has(file) || fileExists(file)
  host.readFile = (file) => texts.get(file) ?? readFile(file)
  const compiled = ts.createProgram([...texts.keys()], options, host)
  return diagnosticTexts(compiled)
}

/** What the compiler says about the program, or about one of its files. */
export function diagnosticTexts(program: ts.Program, only?: ts.SourceFile): string[] {
  return ts.getPreEmitDiagnostics(program, only).map(({ file, start = 0, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
    return `${file?.fileName.slice(root.length + 1)}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

/**
 * Writes the program as JavaScript into this package or a copy, where it can import the package by its name. Returns
 * the path of the file.
 */
export function writeProgram(program: Program, home = root): string {
  const folder = join(home, '.cache/docs')
  const file = join(folder, `${nameOf(program)}.mjs`)
  const { outputText } = ts.transpileModule(program.text, {
    fileName: file.replace(/mjs$/, 'mts'),
    compilerOptions: compilerOptions(),
  })
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, outputText)
  return file
}

function nameOf({ page, line }: Program): string {
  return `${page.replaceAll(/[^a-zA-Z0-9]/g, '-')}-${line}`
}

/** The options of this package, except that an example may have unused names. */
export function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  return { ...options, noUnusedLocals: false, noEmit: false }
}
