import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownFiles } from '../helpers/own-files.js'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** A fenced block of a page. */
export interface Block {
  /** First word after the fence. */
  language: string
  /** The rest of the fence line. */
  label: string
  text: string
  /** Line of the fence. */
  line: number
}

export interface Page {
  /** Relative to the root of the repository. */
  path: string
  text: string
  blocks: Block[]
}

export function readPage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, text, blocks: blocksOf(text) }
}

/** Returns every Markdown page of the project. */
export function allPages(): Page[] {
  return ownFiles()
    .filter((path) => path.endsWith('.md'))
    .map(readPage)
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1],
    label: match[2],
    text: match[3],
    line: text.slice(0, match.index).split('\n').length,
  }))
}

/** Returns the bytes of a block of hex digits, in which `#` begins a comment. */
export function bytesOf(block: Block): Uint8Array {
  return Buffer.from(block.text.replaceAll(/#.*/g, '').replaceAll(/\s/g, ''), 'hex')
}

/** Returns the cells of all table rows whose first cell is code. */
export function tableRows(text: string): string[][] {
  return [...text.matchAll(/^\| `.*\|$/gm)].map(([row]) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  )
}
