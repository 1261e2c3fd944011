import { readFileSync } from 'node:fs'

/** The vendor's two public documents of its module `events`: a newer and an older one. */
export const documents = { newer: read('ncs-events.txt'), older: read('confd-events.txt') }

function read(name: string): string {
  const text = readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8')
  return text.replaceAll('\\_', '_').replace(/\r$/gm, '').replaceAll('\u00a0', ' ')
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
  const sections = document.matchAll(/^Keys for type ([^:]*):$([\s\S]*?)(?=^Keys for type |^### |^sync_)/gm)
  return [...sections].map(([, heading, text]) => ({
    types: heading.match(/NOTIF_[A-Z_]+/g) ?? [],
    keys: [...text.matchAll(/^(?:\* | {3})([a-z_0-9]+)(?: |$)/gm)].map(([, key]) => key),
  }))
}
