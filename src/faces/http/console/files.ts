import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { type ContentCoding, compress } from '../../web/compression.js'

/** A file of the console, as it was built. */
export interface ConsoleFile {
  readonly type: string
  readonly plain: Buffer
  readonly gzip: Buffer
  readonly br: Buffer
}

export interface ConsoleFiles {
  /** The page that loads all else. */
  readonly page: ConsoleFile
  /** Its name contains a hash of what is in the page. */
  readonly etag: string
  /** Files whose names contain a hash of their content, by name. */
  readonly assets: ReadonlyMap<string, ConsoleFile>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const PAGE = /^index-(\w+)\.html$/

/** Where the build puts the console; a hub that runs from its sources uses the last build. */
export const consoleFolder = new URL(
  import.meta.url.endsWith('.ts') ? '../../../../dist/console/' : '../../../console/',
  import.meta.url,
)

/**
 * Returns a function that reads the whole console into memory, less than a megabyte, when it is first called: most hubs on
 * small machines are never asked for it. All files are of one build, also when a new one is installed meanwhile.
 */
export function consoleReader(folder: URL): () => Promise<ConsoleFiles> {
  let files: Promise<ConsoleFiles> | undefined
  return async () => {
    files ??= readConsole(folder)
    try {
      return await files
    } catch (error) {
      files = undefined
      throw error
    }
  }
}

async function readConsole(folder: URL): Promise<ConsoleFiles> {
  const names = (await readdir(folder)).filter((name) => Object.hasOwn(types, extname(name)))
  const assets = new Map<string, ConsoleFile>()
  for (const name of names) assets.set(name, await readOne(folder, name))
  for (const [name, page] of assets) {
    const hash = PAGE.exec(name)?.[1]
    if (hash !== undefined) return { page, etag: `"${hash}"`, assets }
  }
  throw new Error(`there is no console in ${folder.href}`)
}

async function readOne(folder: URL, name: string): Promise<ConsoleFile> {
  const plain = await readFile(new URL(name, folder))
  // The package for npm has the plain files only.
  const compressed = (ending: string, coding: ContentCoding) =>
    readFile(new URL(`${name}.${ending}`, folder)).catch(() => compress(coding, plain))
  const [gzip, br] = await Promise.all([compressed('gz', 'gzip'), compressed('br', 'br')])
  return { type: types[extname(name)], plain, gzip, br }
}
