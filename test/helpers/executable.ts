import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { root } from '../docs/page.js'

const cache = join(root, '.cache')
const PREFIX = 'executable-of-tests-'
const MAKE = 'import(process.argv[1]).then((made) => made.makeExecutable(process.argv[2]))'

/** Resolves with the folder of the executable, which the first test that asks makes for all of the same build. */
export async function sharedExecutable(): Promise<string> {
  const maker = join(root, 'scripts/package/executable.mjs')
  const hash = createHash('sha256').update(process.version)
  for (const file of [join(cache, 'dist.stamp'), maker]) hash.update(readFileSync(file))
  const folder = join(cache, PREFIX + hash.digest('hex').slice(0, 8))
  await makeOnce(folder, async (target) => {
    await promisify(execFile)(process.execPath, ['-e', MAKE, maker, target], { cwd: root })
  })
  for (const name of readdirSync(cache))
    if (name.startsWith(PREFIX) && !join(cache, name).startsWith(folder))
      rmSync(join(cache, name), { recursive: true, force: true })
  return folder
}

/** Makes a folder unless it is there, or another process makes it meanwhile. */
export async function makeOnce(folder: string, make: (target: string) => Promise<void>): Promise<void> {
  const making = `${folder}-${process.pid}`
  // A run that was killed may have had the same id.
  rmSync(making, { recursive: true, force: true })
  while (!existsSync(folder)) {
    if (others(folder, making).length > 0) await setTimeout(200)
    else {
      mkdirSync(making)
      // Of two that begin at the same moment, one goes on.
      if (others(folder, making).some((other) => other < making)) rmSync(making, { recursive: true })
      else await makeIn(making, folder, make)
    }
  }
}

async function makeIn(
  making: string,
  folder: string,
  make: (target: string) => Promise<void>,
): Promise<void> {
  try {
    const made = join(making, 'made')
    await make(made)
    renameSync(made, folder)
  } catch (thrown) {
    // Both of them may have gone on.
    if (!existsSync(folder)) throw thrown
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
}

/** The folders in which processes that still run make the same. */
function others(folder: string, own: string): string[] {
  const around = dirname(folder)
  return readdirSync(around)
    .map((name) => join(around, name))
    .filter((path) => path.startsWith(`${folder}-`) && path !== own && isRunning(path))
}

function isRunning(path: string): boolean {
  return existsSync(`/proc/${path.slice(path.lastIndexOf('-') + 1)}`)
}
