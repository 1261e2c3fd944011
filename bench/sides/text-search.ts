import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'

/** Returns the processor time of a pipeline of the shell, ms; what it prints is not kept. */
export function shellMillis(command: string): number {
  // Through a pipe: grep ends at the first match if it writes to /dev/null.
  const timed = `TIMEFORMAT='%U %S'; time { ${command} | cat; } > /dev/null 2>&1`
  const said = execFileSync('bash', ['-c', `{ ${timed}; } 2>&1`], { encoding: 'utf8' })
  const [user, system] = said.trim().split(' ').map(Number)
  return (user + system) * 1000
}

/** Compresses a file as one stream, and returns the size of the compressed one. */
export function zstdBytes(file: string): number {
  execFileSync('zstd', ['-3', '-q', '-f', '-k', file])
  return statSync(`${file}.zst`).size
}
