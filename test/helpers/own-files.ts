import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Returns the paths of all files of the project: what is in its folder, without what `.gitignore` leaves out. */
export function ownFiles(): string[] {
  const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n').filter(Boolean)
  return filesIn('', ['.git', ...ignored.map((pattern) => pattern.replace(/\/$/, ''))]).sort()
}

function filesIn(folder: string, ignored: readonly string[]): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (ignored.some((pattern) => isNamed(pattern, path, entry.name))) return []
    return entry.isDirectory() ? filesIn(path, ignored) : entry.isFile() ? [path] : []
  })
}

function isNamed(pattern: string, path: string, name: string): boolean {
  if (pattern.startsWith('*')) return name.endsWith(pattern.slice(1))
  if (pattern.endsWith('*')) return name.startsWith(pattern.slice(0, -1))
  return pattern.includes('/') ? path === pattern : name === pattern
}
