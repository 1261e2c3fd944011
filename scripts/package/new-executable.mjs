import { join } from 'node:path'
import { ensureBuilt } from '../compile.mjs'
import { ensureInstalled } from '../install.mjs'
import { root, say } from '../steps.mjs'

/** Makes the command as one executable, and returns its folder. */
export async function newExecutable() {
  await ensureInstalled()
  await ensureBuilt()
  const { makeExecutable } = await import('./executable.mjs')
  const folder = join(root, '.cache/executable')
  say('Making the executable …')
  await makeExecutable(folder)
  return folder
}
