import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { temporaryFolder } from './temporary-folder.js'

/** Returns the command of the process that starts programs, made from the sources. */
export function startingCommand(): readonly string[] {
  const file = join(temporaryFolder('starting-process'), 'program.cjs')
  const source = fileURLToPath(new URL('../../src/processes/starting-process.ts', import.meta.url))
  buildSync({ entryPoints: [source], outfile: file, bundle: true, platform: 'node', format: 'cjs' })
  return [process.execPath, file]
}
