import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'

/**
 * Tests of the first ring need Node.js and nothing else. The name of a file says what else it uses: see CONTRIBUTING.md.
 */
const STARTING = ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const

/** A hub locks its folder with flock, and has another way where there is none; npm installs esbuild. */
const ALLOWED = /^flock$|\/node_modules\/@?esbuild\//

const GUARDED = Symbol.for('starts no program')

// Files that share a process run this again.
if (!(GUARDED in childProcess)) {
  for (const name of STARTING) guard(name)
  Object.assign(childProcess, { [GUARDED]: true })
  syncBuiltinESMExports()
}

function guard(name: (typeof STARTING)[number]): void {
  const start = childProcess[name] as (program: string, ...rest: unknown[]) => unknown
  const guarded = (program: string, ...rest: unknown[]) => {
    if (ALLOWED.test(program)) return start(program, ...rest)
    throw new Error(
      `A test of the first ring starts ${program}. Name its file *.process.test.ts, or what it uses.`,
    )
  }
  Object.assign(childProcess, { [name]: guarded })
}
