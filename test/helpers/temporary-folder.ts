import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders: string[] = []

/** Makes a folder that is removed after the last test of the file. The name says to a person whose it is. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `tocsin-${name}-`))
  folders.push(folder)
  return folder
}

/** Run by the set-up of every test file. */
export function removeTemporaryFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
