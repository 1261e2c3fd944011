import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathEnvironment } from '../../../config/home.js'
import { expandHome, type PathEnvironment } from '../../../config/paths.js'
import { readTrusted } from '../../../config/trusted-file.js'
import { type MibAssignment, mibAssignments } from './assignments.js'
import { type MibNames, mibNames } from './names.js'

/** The longest files of vendors have some MiB. */
const MAX_FILE_BYTES = 16 * 2 ** 20
const MAX_FILES = 2_000
const MAX_NAMES = 500_000

/**
 * Reads MIB files, and those in folders, not in folders of these. `run` does the steps, between which other work
 * continues. Rejects if one of them cannot be read, or if there are too many.
 */
export async function readMibs(
  paths: readonly string[],
  run: <Result>(steps: Generator<undefined, Result>) => Promise<Result>,
  environment: Pick<PathEnvironment, 'home'> = pathEnvironment(),
): Promise<MibNames> {
  const files = paths.flatMap((path) => filesAt(expandHome(path, environment)))
  if (files.length > MAX_FILES) throw new Error(`there are more than ${MAX_FILES} MIB files`)
  const all: MibAssignment[][] = []
  let count = 0
  for (const file of files) {
    const found = await run(mibAssignments(readTrusted(file, MAX_FILE_BYTES).toString('utf8')))
    all.push(found)
    count += found.length
    if (count > MAX_NAMES) throw new Error(`the MIB files have more than ${MAX_NAMES} names`)
  }
  return run(mibNames(all.flat()))
}

function filesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .map((name) => join(path, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .sort()
}
