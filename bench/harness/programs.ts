import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Programs that some rows need, and how to get them on Debian. */
const programs = {
  'nats-server': 'apt-get install nats-server',
  'linux.uml': 'apt-get install user-mode-linux busybox-static',
  chromium: 'apt-get install chromium',
  cc: 'apt-get install gcc',
  'systemd-journal-remote': 'apt-get install systemd-journal-remote',
  zstd: 'apt-get install zstd',
} as const
export type Program = keyof typeof programs

/** Where Debian puts servers, which is not in the PATH of every user. */
const OF_SERVERS = ['/usr/sbin', '/usr/local/bin', '/lib/systemd']

export function findProgram(name: Program, folders = usualFolders()): string | undefined {
  return folders.map((folder) => join(folder, name)).find(existsSync)
}

/** Returns one line with the way to get the missing programs; undefined if none is missing. */
export function missingPrograms(
  needed: readonly Program[] = [],
  folders = usualFolders(),
): string | undefined {
  const missing = needed.filter((name) => findProgram(name, folders) === undefined)
  if (missing.length === 0) return undefined
  return missing.map((name) => `${name} is missing (${programs[name]})`).join(', ')
}

function usualFolders(): string[] {
  return [...(process.env.PATH ?? '').split(delimiter), ...OF_SERVERS]
}
