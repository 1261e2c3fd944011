import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root, say } from '../steps.mjs'
import { recordCheck } from './results.mjs'

/** Files that have not changed since the last run are not checked again. */
const INCREMENTAL = ['--incremental', '--tsBuildInfoFile', '.cache/types.tsbuildinfo']

/** Types, style and packages, side by side. */
export function checkAll() {
  return Promise.all([
    tool('types', 'typescript/bin/tsc', ['-p', 'tsconfig.json', ...INCREMENTAL]),
    tool('types of the console', 'typescript/bin/tsc', ['-p', 'console']),
    tool('biome', '@biomejs/biome/bin/biome', ['check']),
    tool('publint', 'publint/src/cli.js', ['--strict']),
    tool('attw', '@arethetypeswrong/cli/dist/index.js', ['--pack', '--profile', 'esm-only']),
  ])
}

/** Runs a tool in parallel with others. Its output is shown in one piece when it has ended. */
async function tool(name, path, args) {
  const started = Date.now()
  const program = spawn(process.execPath, [join(root, 'node_modules', path), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = []
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (chunk) => output.push(chunk))
  const [status] = await once(program, 'close')
  say(`\n── ${name}\n${Buffer.concat(output)}`)
  recordCheck(name, status === 0, started)
}
