import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** Builds the program of the XPath thread, which cannot run from its sources, into a folder. */
export async function buildXPathThread(folder: string): Promise<URL> {
  const file = join(folder, 'thread.mjs')
  const source = fileURLToPath(new URL('../../src/faces/shared/xpath/thread.ts', import.meta.url))
  await build({ entryPoints: [source], outfile: file, bundle: true, platform: 'node', format: 'esm' })
  return pathToFileURL(file)
}
