import { accessSync, constants } from 'node:fs'
import type { Cgroup } from '../processes/cgroup.js'

export interface StartOptions {
  /** The path of the program. */
  readonly file: string
  /** The command: the program as it was named, and its arguments. */
  readonly words: readonly string[]
  /** Program and arguments that come before it, and become it. */
  readonly before: readonly string[]
  readonly cgroup: Cgroup | undefined
  readonly environment: Readonly<Record<string, string>>
}

export interface StartWords {
  readonly file: string
  readonly words: readonly string[]
}

/** The shell itself enters the group, so that no process of the job is ever outside of it. */
const ENTER = 'echo 0 >"$0" && exec "$@"'
/** Variables that shells add. */
const OF_SHELLS = ['PWD', 'OLDPWD', 'SHLVL', '_']

/** The words with which a program is started, in its group and as its user. Throws if it cannot be run. */
export function startWords({ file, words, before, cgroup, environment }: StartOptions): StartWords {
  if (before.length === 0 && cgroup === undefined) return { file, words }
  // The programs that start it would report a missing right with messages of their own.
  accessSync(file, constants.X_OK)
  const all = [...before, file, ...words.slice(1)]
  if (cgroup === undefined) return { file: all[0], words: all }
  const unset = OF_SHELLS.filter((name) => !Object.hasOwn(environment, name)).map((name) => `-u${name}`)
  return {
    file: '/bin/sh',
    words: ['sh', '-c', ENTER, cgroup.entrance, '/usr/bin/env', ...unset, ...all],
  }
}
