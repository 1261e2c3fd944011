/** Runs whole systems on virtual time: npm run simulate -- --help */
import { spawnSync } from 'node:child_process'
import { ensureInstalled } from './install.mjs'
import { testProgram } from './test-program.mjs'

await ensureInstalled()
const program = await testProgram('simulation')
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' })
process.exitCode = status ?? 1
