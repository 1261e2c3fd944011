/**
 * Writes the command as few files, since it starts in half the time when Node has to find, read and link few modules.
 * The parts of the hub, and what a command needs only for its work, stay separate files, which are read when they are
 * imported. Names are kept, so that a stack trace names the functions of the sources.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { compilerFolder } from './install.mjs'
import { root } from './steps.mjs'

/** Packages in CommonJS that every command needs: importing them costs more than running them. */
const inlined = ['commander', 'picocolors']
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Writes to the folder `bundle` of `output`. */
export async function bundleCommand(output) {
  await compiler().build({
    entryPoints: { main: join(root, 'src/cli/main.ts') },
    outdir: join(output, 'bundle'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: Object.keys(dependencies).filter((name) => !inlined.includes(name)),
    banner: { js: requireForInlined },
    plugins: [keepPlaces],
    logLevel: 'error',
  })
}

export function compiler() {
  return createRequire(join(compilerFolder(), 'package.json'))('esbuild')
}

const requireForInlined = `import { createRequire as createRequireForInlined } from 'node:module'
const require = createRequireForInlined(import.meta.url)`

/** Files that are found from the place of a module are still found from there. */
const keepPlaces = {
  name: 'keep-places',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta.url')) return
      const module = `../${relative(join(root, 'src'), path).replaceAll('\\', '/').replace(/\.ts$/, '.js')}`
      const place = `new URL(${JSON.stringify(module)}, import.meta.url).href`
      return { loader: 'ts', contents: text.replaceAll('import.meta.url', place) }
    })
  },
}
