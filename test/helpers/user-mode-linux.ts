import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../e2e/hub-process.js'

export interface BootOptions {
  /** Path of `init.sh`. */
  init: string
  /** A folder for the kernel's own files. */
  home: string
  /** JavaScript that `init` runs with Node. */
  program?: string
  /** Environment of `init`, set on the kernel's command line: no spaces. */
  environment: Record<string, string>
  /** Time limit after which it is killed, ms. */
  limit: number
}

/** Runs User-Mode Linux, an ordinary process whose kernel is separate and has SCTP. Resolves with its output. */
export function runInUserModeLinux({
  init,
  home,
  program = '',
  environment,
  limit,
}: BootOptions): Promise<string> {
  const words = { sctp_node: process.execPath, sctp_program: program, ...environment }
  const kernel = [
    ...'root=/dev/root rootfstype=hostfs rootflags=/ rw mem=1024M quiet con=null con0=fd:0,fd:1'.split(' '),
    `init=${init}`,
    ...Object.entries(words).map(([name, value]) => `${name}=${value}`),
  ]
  return new Promise((resolve, reject) => {
    const child = spawn('linux.uml', kernel, {
      env: {
        PATH: process.env.PATH,
        HOME: home,
        TMPDIR: existsSync('/dev/shm') ? '/dev/shm' : tmpdir(),
        ...(process.arch === 'x64' && { LD_PRELOAD: wholeRegisters(home) }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group, so that all its processes can be killed together.
      detached: true,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), limit)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(
        new Error(`User-Mode Linux cannot be started (scripts/setup-tests.sh installs it): ${error.message}`),
      )
    })
    child.on('close', () => {
      clearTimeout(timer)
      resolve(output)
    })
  })
}

/** Builds the library that lets User-Mode Linux run on hosts with larger registers than it knows, and returns its path. */
function wholeRegisters(home: string): string {
  const library = join(mkdtempSync(join(home, 'uml-')), 'whole-registers.so')
  const source = join(root, 'test/helpers/user-mode-linux/whole-registers.c')
  execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, source])
  return library
}
