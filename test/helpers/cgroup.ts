import { accessSync, constants, mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Cgroup } from '../../src/processes/cgroup.js'

/** Where cgroups of version 2 are mounted, if this user may make some. */
export const cgroups = writable(mountPoint())

/** A cgroup that is removed after the test, with the processes that are left in it. */
export function temporaryCgroup(): Cgroup {
  if (cgroups === undefined) throw new Error('this test needs a file system of cgroups of version 2')
  const group = new Cgroup(mkdtempSync(join(cgroups, 'tocsin-test-')))
  onTestFinished(async () => {
    group.kill()
    while (!group.remove()) await new Promise((resolve) => setTimeout(resolve, 10))
  })
  return group
}

function mountPoint(): string | undefined {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  return mounts.find((line) => line.split(' ')[2] === 'cgroup2')?.split(' ')[1]
}

function writable(folder: string | undefined): string | undefined {
  try {
    accessSync(join(folder ?? '/nowhere', 'cgroup.procs'), constants.W_OK)
    return folder
  } catch {
    return undefined
  }
}
