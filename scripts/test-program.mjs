import { join } from 'node:path'
import { compiler } from './bundle.mjs'
import { root } from './steps.mjs'

/** Bundles a program of the tests; returns its path. */
export async function testProgram(name) {
  const program = join(root, `.cache/${name}/main.mjs`)
  await compiler().build({
    entryPoints: [join(root, `test/${name}/main.ts`)],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    legalComments: 'none',
    logLevel: 'warning',
  })
  return program
}
