import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Results } from './run-cases.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const buildAddon = fileURLToPath(new URL('../../../../native/sctp/build.mjs', import.meta.url))
const addonSource = new URL('../../../../src/faces/sctp/socket/addon.ts', import.meta.url)
const RUN_LIMIT = 110_000

/** Runs the cases in User-Mode Linux, whose kernel has SCTP: a process like any other, on the host's own files. */
export async function runInTestKernel(environment: Record<string, string> = {}): Promise<Results> {
  const folder = mkdtempSync(join(tmpdir(), 'sctp-kernel-'))
  try {
    const program = join(folder, 'run-cases.mjs')
    await bundle(program)
    const addon = join(folder, 'sctp.node')
    execFileSync(process.execPath, [buildAddon, '--output', addon], { stdio: 'pipe' })
    const results = join(folder, 'results.json')
    const words = {
      sctp_node: process.execPath,
      sctp_program: program,
      sctp_results: results,
      TOCSIN_SCTP_ADDON: addon,
      ...environment,
    }
    const output = await boot(
      Object.entries(words).map(([name, value]) => `${name}=${value}`),
      folder,
    )
    if (!existsSync(results)) throw new Error(`the test kernel ran no case:\n${output}`)
    return JSON.parse(readFileSync(results, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The addon is looked for where its source says, not beside the bundle. */
async function bundle(outfile: string): Promise<void> {
  await build({
    entryPoints: [join(here, 'run-cases.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(fileURLToPath(addonSource)).href) },
    logLevel: 'error',
  })
}

function boot(words: string[], home: string): Promise<string> {
  const kernel = [
    'root=/dev/root rootfstype=hostfs rootflags=/ rw mem=1024M quiet',
    `init=${join(here, 'init.sh')}`,
    'con=null con0=fd:0,fd:1',
  ].flatMap((part) => part.split(' '))
  return new Promise((resolve, reject) => {
    const child = spawn('linux.uml', [...kernel, ...words], {
      // It keeps its own files in the home folder.
      env: { PATH: process.env.PATH, HOME: home, TMPDIR: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its processes are many; they end together.
      detached: true,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    const limit = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), RUN_LIMIT)
    child.on('error', (error) => {
      clearTimeout(limit)
      reject(
        new Error(`User-Mode Linux cannot be started (scripts/setup-tests.sh installs it): ${error.message}`),
      )
    })
    child.on('close', () => {
      clearTimeout(limit)
      resolve(output)
    })
  })
}
