import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { TocsinError } from '../../errors/tocsin-error.js'

/** The error for a socket that exists but belongs to another user, with the name of that user. */
export function deniedSocket(path: string, cause: Error): TocsinError {
  const owner = ownerOf(path) ?? ownerOf(dirname(path))
  const whose = owner === undefined ? '' : `: it belongs to ${userName(owner)}`
  return new TocsinError('TCN_CLIENT_SOCKET_DENIED', `this user may not open ${path}${whose}`, { cause })
}

/** Undefined if this user may not even see the file. */
function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid
  } catch {
    return undefined
  }
}

function userName(uid: number): string {
  try {
    const entries = readFileSync('/etc/passwd', 'utf8').split('\n')
    const name = entries.map((entry) => entry.split(':')).find(([, , id]) => Number(id) === uid)?.[0]
    if (name !== undefined) return name
  } catch {
    // Not every system has this file.
  }
  return `user ${uid}`
}
