import { readFileSync } from 'node:fs'

/** The vendor's two public documents of its module `events`: a newer and an older one. */
export const documents = { newer: read('ncs-events.md'), older: read('confd-events.txt') }

function read(name: string): string {
  const text = readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8')
  return text.replaceAll('\\_', '_')
}

/** The constants that a document lists. */
export function constantsOf(document: string): Map<string, number> {
  const found = [...document.matchAll(/^\s*([A-Z][A-Z0-9_]+) = (\d+)$/gm)]
  return new Map(found.map(([, name, value]) => [name, Number(value)]))
}

/** The functions that a document describes. */
export function functionsOf(document: string): string[] {
  return [...new Set([...document.matchAll(/^([a-z_0-9]+)\(sock[^)]*\) -> /gm)].map(([, name]) => name))]
}

export interface DocumentedKeys {
  readonly types: string[]
  readonly keys: string[]
}

/** The keys that a document lists, and the types of notifications that have them. */
export function keysOf(document: string): DocumentedKeys[] {
  const lines = document.split('\n')
  const sections: DocumentedKeys[] = []
  let heading = ''
  for (const line of lines) {
    const key = /^(?:\* | {3})([a-z_0-9]+)(?: |$)/.exec(line)?.[1]
    if (/^Keys for type /.test(line)) heading = line
    else if (heading !== '' && !heading.includes('):') && line.trim() !== '') heading += ` ${line}`
    if (heading.includes('):')) {
      sections.push({ types: heading.match(/NOTIF_[A-Z_]+/g) ?? [], keys: [] })
      heading = ''
    } else if (key !== undefined) sections.at(-1)?.keys.push(key)
    else if (
      /^(###|[a-z_]+\()|^If |^The |^On /.test(line) &&
      !/^If secondary_died|^If slave_died/.test(line)
    ) {
      if (sections.length > 0 && /^(###|sync_)/.test(line)) break
    }
  }
  return sections
}
