import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Programs that some rows need, and how to get them on Debian. */
const programs = {
  'nats-server': 'apt-get install nats-server',
  'linux.uml': 'apt-get install user-mode-linux busybox-static',
  cc: 'apt-get install gcc',
} as const
export type Program = keyof typeof programs

export function findProgram(name: Program): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin']
  return folders.map((folder) => join(folder, name)).find(existsSync)
}

/** How to get what is missing, in one line; undefined if nothing is. */
export function missingPrograms(needed: readonly Program[] = []): string | undefined {
  const missing = needed.filter((name) => findProgram(name) === undefined)
  if (missing.length === 0) return undefined
  return missing.map((name) => `${name} is missing (${programs[name]})`).join(', ')
}
