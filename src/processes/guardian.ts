import type { Writable } from 'node:stream'
import { PROGRAM_FOLDERS } from './programs.js'
import { type ChildProcess, startChild } from './start-child.js'

/**
 * Reads the numbers of process groups, with + when they begin and - when they have ended. Its input ends with the process
 * that writes it, in whatever way that ends; it then ends the groups that are left: with TERM, and with KILL after 5 s.
 */
const SCRIPT = `
all=' '
while read -r change group; do
  case "$change$all" in
    +*) all="$all$group " ;;
    *" $group "*) all="\${all%% $group *} \${all#* $group }" ;;
  esac
done
signal() { for group in $all; do kill "$1" "-$group" && left=yes; done 2>/dev/null; }
signal -TERM
signal -CONT
for _ in 1 2 3 4 5 6 7 8 9 10; do
  left=no
  signal -0
  [ "$left" = yes ] || exit 0
  sleep 0.5
done
signal -KILL
`

/** A shell that outlives this process, and ends the groups that it knows then. There is one for all of them. */
class Guardian {
  readonly #groups = new Set<number>()
  #shell: ChildProcess | undefined

  add(group: number): void {
    this.#groups.add(group)
    if (this.#shell === undefined) this.#start()
    else this.#write(`+ ${group}`)
  }

  delete(group: number): void {
    if (this.#groups.delete(group)) this.#write(`- ${group}`)
  }

  #start(): void {
    const shell = startChild('/bin/sh', ['-c', SCRIPT], {
      cwd: '/',
      detached: true,
      env: { PATH: PROGRAM_FOLDERS.join(':') },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#shell = shell
    // One that somebody has ended is replaced with the next group.
    const lost = () => {
      if (this.#shell === shell) this.#shell = undefined
    }
    shell.on('error', lost).on('exit', lost)
    shell.stdin?.on('error', lost)
    shell.unref()
    ;(shell.stdin as Writable & { unref?(): void })?.unref?.()
    for (const group of this.#groups) this.#write(`+ ${group}`)
  }

  #write(line: string): void {
    this.#shell?.stdin?.write(`${line}\n`)
  }
}

const guardian = new Guardian()

/**
 * Sees to it that a child which leads a process group does not outlive this process, even if that is killed. To be called
 * in the turn in which it was started; the returned function says that its group has ended.
 */
export function guardGroup({ pid }: ChildProcess): () => void {
  if (pid === undefined || process.platform === 'win32') return () => undefined
  guardian.add(pid)
  return () => guardian.delete(pid)
}
