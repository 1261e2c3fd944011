import type { Io } from '../io.js'
import { displayWidth } from '../terminal/text.js'

const WIDEST = 100
/** The usual width of a pager, when neither a terminal nor COLUMNS gives it. */
const USUAL = 80
const NARROWEST = 40

/** Columns for help: of the terminal, else what COLUMNS says. */
export function helpWidth({ out, env }: Pick<Io, 'out' | 'env'>): number {
  const named = Number(env?.COLUMNS)
  const columns = out.columns ?? (Number.isInteger(named) && named > 0 ? named : USUAL)
  return Math.max(NARROWEST, Math.min(WIDEST, columns))
}

/**
 * Wraps a text whose lines were broken for another width: paragraphs, and indented entries `  term   meaning`, whose
 * further lines are indented deeper. The meanings stay aligned.
 */
export function wrapText(text: string, width: number): string {
  return blocksOf(text.split('\n'))
    .flatMap(({ head, body, indent }) => wrapBlock(head, body, indent, width))
    .join('\n')
}

interface Block {
  /** The beginning of the first line, before the text that is wrapped. */
  head: string
  body: string
  indent: number
}

const entry = /^( +\S+(?: \S+)*? {2,})(\S.*)$/

function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = []
  for (const line of lines) {
    const last = blocks.at(-1)
    if (last !== undefined && continues(line, last)) last.body += ` ${line.trim()}`
    else blocks.push(blockOf(line))
  }
  return blocks
}

function blockOf(line: string): Block {
  const [, head, body] = entry.exec(line) ?? []
  if (head !== undefined) return { head, body, indent: head.length }
  const indent = line.length - line.trimStart().length
  return { head: ' '.repeat(indent), body: line.trimStart(), indent }
}

function continues(line: string, { body, indent }: Block): boolean {
  if (line.trim() === '' || body === '') return false
  return line.length - line.trimStart().length === indent && (indent === 0 || indent > 4)
}

function wrapBlock(head: string, body: string, indent: number, width: number): string[] {
  // An example is one line, whatever its length: broken, it could not be typed.
  if (head.trim() === '' && indent > 0 && indent <= 4) return [head + body]
  const lines: string[] = []
  let line = head
  for (const word of body.split(' ')) {
    const isFirst = line.length === indent && line.trim() === head.trim()
    if (!isFirst && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line)
      line = ' '.repeat(indent) + word
    } else line += isFirst ? word : ` ${word}`
  }
  return [...lines, line.trimEnd()]
}
