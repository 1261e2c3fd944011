import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { ownFiles } from '../helpers/own-files.js'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

export interface SourceFile {
  /** Relative to the root of the repository, with `/`. */
  path: string
  text: string
}

export function filesUnder(folder: string): SourceFile[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** Returns the files of the project. Ignored files are not checked. */
export function trackedFiles(): SourceFile[] {
  return ownFiles().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** Returns the specifiers of all imports, exports from, and dynamic imports, including those of types. */
export function importsOf(file: SourceFile): string[] {
  return ts.preProcessFile(file.text, true, true).importedFiles.map((found) => found.fileName)
}

/** Returns the program without comments and types. */
export function codeOf(file: SourceFile): string {
  const options = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, removeComments: true }
  return ts.transpileModule(file.text, { fileName: file.path, compilerOptions: options }).outputText
}

/** Calls `found` with each node of the file, from the outside in. */
export function visitNodes(source: ts.SourceFile, found: (node: ts.Node) => void): void {
  const visit = (node: ts.Node) => {
    found(node)
    ts.forEachChild(node, visit)
  }
  visit(source)
}

export function parsed({ path, text }: SourceFile): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
}

/** Returns the text of each comment, without its marks and on one line. Line comments that follow each other are one. */
export function commentsOf(file: SourceFile): string[] {
  if (file.path.endsWith('.py')) return commentsOfPython(file.text)
  const ranges = new Map<number, ts.CommentRange>()
  const texts: ts.Node[] = []
  const visit = (node: ts.Node) => {
    if (node.kind === ts.SyntaxKind.JsxText) {
      texts.push(node)
      return
    }
    const here = [
      ...(ts.getLeadingCommentRanges(file.text, node.pos) ?? []),
      ...(ts.getTrailingCommentRanges(file.text, node.end) ?? []),
    ]
    for (const range of here) ranges.set(range.pos, range)
    for (const child of node.getChildren()) visit(child)
  }
  visit(parsed(file))
  return joined(
    file.text,
    [...ranges.values()]
      .filter(({ pos }) => !texts.some((text) => text.pos <= pos && pos < text.end))
      .sort((a, b) => a.pos - b.pos),
  )
}

function joined(text: string, ranges: readonly ts.CommentRange[]): string[] {
  const comments: string[] = []
  let lastLine = -1
  for (const { kind, pos, end } of ranges) {
    const words = plain(text.slice(pos, end))
    const continues =
      kind === ts.SyntaxKind.SingleLineCommentTrivia &&
      lastLine >= 0 &&
      /^\n[ \t]*$/.test(text.slice(lastLine, pos))
    if (continues) comments.push(`${comments.pop()} ${words}`)
    else comments.push(words)
    lastLine = kind === ts.SyntaxKind.SingleLineCommentTrivia ? end : -1
  }
  return comments
}

function commentsOfPython(text: string): string[] {
  return (text.match(/"""[\s\S]*?"""|(?:(?:^|(?<=\n))[ \t]*#(?!!).*\n?)+|[ \t]#.*/g) ?? []).map(plain)
}

function plain(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.trim().replaceAll(/^(?:\/\*\*?|\/\/|#:?|\*(?!\/)|""")\s?|\s*(?:\*\/|""")$/g, ''))
    .join(' ')
    .trim()
}
