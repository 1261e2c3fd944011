import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { allPages, root } from '../../../docs/page.js'
import { type Program, programsOf, writeProgram } from '../../../docs/programs.js'
import { runInUserModeLinux } from '../../../helpers/user-mode-linux.js'
import type { Results } from './run-cases.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const buildAddon = fileURLToPath(new URL('../../../../native/sctp/build.mjs', import.meta.url))
const addonSource = new URL('../../../../src/protocols/sctp/socket/addon.ts', import.meta.url)
const RUN_LIMIT = 900_000
const [AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP] = [2, 5, 132]

export interface Runs {
  plain: Results
  sanitized: Results
  /** Output of the kernel and its programs. */
  output: string
}

/** The compiled cases and the files they need, ready to run in one kernel or another. */
export class KernelTests {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sctp-kernel-'))
  readonly #package = join(this.#folder, 'package')
  readonly #program = join(this.#folder, 'run-cases.mjs')
  readonly #addon = join(this.#folder, 'sctp.node')
  readonly #sanitizedAddon = join(this.#folder, 'sctp-sanitized.node')

  static async compile(): Promise<KernelTests> {
    const tests = new KernelTests()
    copyPackage(tests.#package)
    await bundle(tests.#program)
    const build = (...args: string[]) =>
      execFileSync(process.execPath, [buildAddon, ...args], { stdio: 'pipe' })
    build('--output', tests.#addon)
    // Not AddressSanitizer, which does not start in User-Mode Linux.
    build('--sanitize', 'undefined', '--output', tests.#sanitizedAddon)
    return tests
  }

  /** Runs the cases in a separate kernel, so that they cannot harm the host. */
  inUserModeLinux(environment: Record<string, string> = {}): Promise<Runs> {
    return this.#run('user-mode', environment, (all) =>
      runInUserModeLinux({
        init: join(here, 'init.sh'),
        home: this.#folder,
        program: this.#program,
        environment: { ...all, sctp_fresh: '1' },
        limit: RUN_LIMIT,
      }),
    )
  }

  /** The reason why the kernel of this machine cannot run the cases, if there is one. */
  get hostLacks(): string | undefined {
    if (process.getuid?.() !== 0) return 'a network namespace needs root'
    const addon = createRequire(import.meta.url)(this.#addon)
    const fd: number = addon.socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP)
    if (fd < 0) return 'the kernel of this machine has no SCTP'
    new addon.Descriptor(fd, () => {}).close()
    return undefined
  }

  /** Runs the cases in the kernel of this machine, with a separate network. */
  onHost(environment: Record<string, string> = {}): Promise<Runs> {
    const script = 'busybox ip link set lo up && exec "$0" "$@"'
    const command = ['--net', 'sh', '-c', script, process.execPath, this.#program]
    return this.#run('host', environment, async (all) => {
      const options = { env: { ...process.env, ...all }, timeout: RUN_LIMIT }
      const { stdout, stderr } = await promisify(execFile)('unshare', command, options)
      return stdout + stderr
    })
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #run(
    name: string,
    environment: Record<string, string>,
    run: (environment: Record<string, string>) => Promise<string>,
  ): Promise<Runs> {
    const results = join(this.#folder, `${name}.json`)
    const sanitizedResults = join(this.#folder, `${name}-sanitized.json`)
    const output = await run({
      sctp_results: results,
      sctp_main: join(this.#package, 'dist/cli/main.js'),
      sctp_guide: writeProgram(guideProgram(), this.#package),
      sctp_python: ['python', 'python/shims'].map((folder) => join(root, folder)).join(':'),
      TOCSIN_SCTP_ADDON: this.#addon,
      sctp_sanitized_addon: this.#sanitizedAddon,
      sctp_sanitized_results: sanitizedResults,
      ...environment,
    })
    return { plain: read(results), sanitized: read(sanitizedResults), output }
  }
}

function read(file: string): Results {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

/** Returns the program of the guide that needs a kernel with SCTP. */
function guideProgram(): Program {
  const guide = allPages().find(({ path }) => path === 'docs/guide/sctp.md')
  const [program] = guide ? programsOf(guide, 'kernel') : []
  if (program === undefined) throw new Error('docs/guide/sctp.md has no program for the kernel')
  return program
}

/** Copies the built program, since it may be built again while the kernel reads its files. */
function copyPackage(to: string): void {
  for (const part of ['dist', 'package.json']) cpSync(join(root, part), join(to, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'))
}

/** Bundles the cases. The addon is resolved from its source, not from the bundle. */
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
