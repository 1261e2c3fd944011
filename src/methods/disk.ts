import { statfs } from 'node:fs/promises'
import type { HubStatus } from './contract/index.js'

/** Returns the room in the file system of a data folder. */
export async function diskOf(folder: string | undefined): Promise<HubStatus['disk']> {
  if (folder === undefined) return undefined
  const { bavail, blocks, bsize } = await statfs(folder)
  return { free: bavail * bsize, total: blocks * bsize }
}
