import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The part of a position that names files by device and inode. */
interface Identified {
  files: { path: string; id: string }[]
  copies: string[]
}

/**
 * Returns the position with the device numbers of this machine: a shared file system has another one on each machine,
 * and some have another one after each start. The inodes stay the same.
 */
export async function onThisMachine<Position extends Identified>(position: Position): Promise<Position> {
  const devices = new Map<string, string>()
  const unchanged = new Set<string>()
  for (const { path, id } of position.files) {
    const device = await deviceOf(path)
    if (device === deviceIn(id)) unchanged.add(device)
    else if (device !== undefined) devices.set(deviceIn(id), device)
  }
  for (const device of unchanged) devices.delete(device)
  if (devices.size === 0) return position
  const here = (id: string) => {
    const device = deviceIn(id)
    return `${devices.get(device) ?? device}${id.slice(device.length)}`
  }
  const files = position.files.map((file) => ({ ...file, id: here(file.id) }))
  return { ...position, files, copies: position.copies.map(here) }
}

/** The device of a file, or of its folder if the file is gone. */
async function deviceOf(path: string): Promise<string | undefined> {
  for (const each of [path, dirname(path)]) {
    const found = await stat(each, { bigint: true }).catch(() => undefined)
    if (found !== undefined) return String(found.dev)
  }
  return undefined
}

function deviceIn(id: string): string {
  return id.slice(0, id.indexOf(':'))
}
