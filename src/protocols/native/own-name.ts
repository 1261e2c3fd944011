import { basename } from 'node:path'

/** The name of this program in the hub's list of connections, such as `deploy[4711]`. */
export function ownName(): string {
  const program = basename(process.argv[1] ?? process.argv0, '.js')
  return `${program.replace(/\p{Cc}/gu, '').slice(0, 100)}[${process.pid}]`
}
