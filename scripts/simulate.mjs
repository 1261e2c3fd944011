/** Runs whole systems on virtual time: npm run simulate -- --seeds 100 [--seed N] [--jobs N] [--plan FILE] */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { compiler } from './bundle.mjs'
import { ensureInstalled } from './install.mjs'
import { root } from './steps.mjs'

const program = join(root, '.cache/simulation/main.mjs')

await ensureInstalled()
await compiler().build({
  entryPoints: [join(root, 'test/simulation/main.ts')],
  outfile: program,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  legalComments: 'none',
  logLevel: 'warning',
})
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' })
process.exitCode = status ?? 1
