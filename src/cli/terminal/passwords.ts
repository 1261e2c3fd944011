import { statSync } from 'node:fs'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Io } from '../io.js'
import { readText } from './input.js'
import { askOnce } from './prompts.js'

export interface PasswordPlace {
  readonly user: string
  readonly file: string | undefined
  /** Name of the variable of the environment that may have it. */
  readonly variable: string
  /** Another option to log in with. */
  readonly otherwise: string
}

/** The password of a user on another system; never an argument, which others on the machine can read. */
export async function passwordOf(
  io: Io,
  { user, file, variable, otherwise }: PasswordPlace,
): Promise<string> {
  if (file !== undefined) {
    warnIfOthersMayRead(io, file)
    return (await readText(io, file)).replace(/\r?\n$/, '')
  }
  const password = io.env[variable]
  if (password !== undefined && password !== '') return password
  if (io.stdin.isTTY) return askOnce(io, `password of ${user}: `)
  throw new TocsinError(
    'TCN_USAGE',
    `there is no password: give it in --password-file or ${variable}, or use ${otherwise}`,
  )
}

export function warnIfOthersMayRead(io: Io, file: string): void {
  const found = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false })
  if (found !== undefined && (found.mode & 0o077) !== 0) io.note(`others may read ${file}: chmod 600 it`)
}
