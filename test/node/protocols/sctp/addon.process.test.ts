// Runs on each supported Node.js: the loader of modules.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

const build = fileURLToPath(new URL('../../../../native/sctp/build.mjs', import.meta.url))
const { files }: { files: string[] } = JSON.parse(
  readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'),
)
const program = fileURLToPath(new URL('../../../protocols/sctp/addon-program.mjs', import.meta.url))
const sockets = new URL('../../../../src/protocols/sctp/index.ts', import.meta.url)

let folder: string
beforeAll(() => {
  folder = temporaryFolder('sctp-addon')
})

function compile(name: string, flags: string[] = []): string {
  const output = join(folder, `${name}.node`)
  execFileSync(process.execPath, [build, '--output', output, ...flags], { stdio: 'pipe' })
  return output
}

function runtimeOf(sanitizer: string): string {
  return execFileSync('cc', [`-print-file-name=lib${sanitizer}.so`], { encoding: 'utf8' }).trim()
}

function run(addon: string, rounds: number, environment: Record<string, string> = {}) {
  return spawnSync(process.execPath, ['--expose-gc', program, String(rounds)], {
    env: { ...process.env, TOCSIN_SCTP_ADDON: addon, ...environment },
    encoding: 'utf8',
  })
}

const soundly = { status: 0, signal: null, stdout: 'done\n', stderr: '' }

describe('the addon over AF_UNIX', () => {
  test('makes every call, and leaves nothing open after 10,000 rounds', () => {
    expect(run(compile('plain'), 10_000)).toMatchObject(soundly)
  })

  test('is clean under AddressSanitizer', () => {
    const environment = { LD_PRELOAD: runtimeOf('asan'), ASAN_OPTIONS: 'detect_leaks=0' }
    expect(run(compile('asan', ['--sanitize', 'address']), 500, environment)).toMatchObject(soundly)
  })

  test('is clean under UndefinedBehaviorSanitizer', () => {
    const environment = { LD_PRELOAD: runtimeOf('ubsan') }
    expect(run(compile('ubsan', ['--sanitize', 'undefined']), 500, environment)).toMatchObject(soundly)
  })
})

describe('an installed package', () => {
  /** Creates the folders of the package, with the loader and the files from which it compiles the addon. */
  function install(): string {
    const root = mkdtempSync(join(folder, 'package-'))
    const patterns = files.filter((pattern) => pattern.startsWith('native/sctp/*'))
    for (const name of readdirSync(join(build, '..'))) {
      if (!patterns.some((pattern) => pattern === `native/sctp/*${extname(name)}`)) continue
      cpSync(join(build, '..', name), join(root, 'native/sctp', name))
    }
    const loader = join(root, 'dist/protocols/sctp/socket/addon.mjs')
    const entryPoints = [
      fileURLToPath(new URL('../../../../src/protocols/sctp/socket/addon.ts', import.meta.url)),
    ]
    buildSync({ entryPoints, outfile: loader, bundle: true, platform: 'node', format: 'esm' })
    return loader
  }

  function load(loader: string, environment: Record<string, string> = {}) {
    const text = `(await import(${JSON.stringify(loader)})).addon().socket(1, 5, 0) >= 0 && console.log('open')`
    const env = { ...process.env, TOCSIN_SCTP_ADDON: undefined, ...environment }
    return spawnSync(process.execPath, ['--input-type=module', '-e', text], { env, encoding: 'utf8' })
  }

  test('compiles the addon with its first socket', () => {
    const loader = install()
    expect(load(loader)).toMatchObject({ status: 0, stdout: 'open\n', stderr: '' })
    const compiled = load(loader, { CC: 'false' })
    expect(compiled).toMatchObject({ status: 0, stdout: 'open\n' })
  })

  test('reports what is missing if it cannot compile', () => {
    const { status, stderr } = load(install(), { CC: 'no-such-compiler' })
    expect(status).toBe(1)
    expect(stderr).toMatch(/cannot be compiled.*node .*build\.mjs.*No C compiler: no-such-compiler/s)
  })
})

describe('without the addon', () => {
  test('a socket of an unknown family or style is refused', async () => {
    const { SctpSocket } = await import(sockets.href)
    expect(() => new SctpSocket({ family: 'ipx' })).toThrow(`family must be ipv4 or ipv6, not "ipx"`)
    expect(() => new SctpSocket({ style: 'one' })).toThrow('style must be oneToMany or oneToOne, not "one"')
  })

  test('a socket reports how to compile it, and the parser works', async () => {
    process.env.TOCSIN_SCTP_ADDON = join(folder, 'missing.node')
    try {
      const { parseNotification, SctpSocket } = await import(sockets.href)
      const dry = Buffer.from('098000000c00000003000000', 'hex')
      expect(parseNotification(dry, { platform: 'linux', endian: 'little' }).sn_type).toBe(32777)
      expect(() => new SctpSocket()).toThrow(expect.objectContaining({ code: 'TCN_SCTP_ADDON' }))
      expect(() => new SctpSocket()).toThrow(/compile it: node .*native\/sctp\/build\.mjs/)
    } finally {
      delete process.env.TOCSIN_SCTP_ADDON
    }
  })
})
