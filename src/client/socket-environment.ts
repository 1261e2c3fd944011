import { existsSync, lstatSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import type { SocketEnvironment } from './socket-path.js'

/** The environment of this process. */
export function socketEnvironment(): SocketEnvironment {
  const uid = process.getuid?.() ?? userInfo().uid
  return {
    variables: process.env,
    uid,
    temporary: tmpdir(),
    exists: existsSync,
    isPrivate: (folder) => {
      const found = lstatSync(folder, { throwIfNoEntry: false })
      return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o777) === 0o700
    },
  }
}
