import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { placeOf, type Target } from './target.js'

const past = {
  create: 'created',
  replace: 'replaced',
  reload: 'reloaded',
  start: 'enabled and started',
  stop: 'stopped and disabled',
  remove: 'removed',
} as const

/** One change; those of a plan are made in order. */
export interface Step {
  act: keyof typeof past
  /** The object that is changed. */
  what: string
  /** Set if there is nothing to do, with the reason: exists, absent, kept. */
  found?: string
  run(): void | Promise<void>
}

export interface StepResult {
  result: string
  what: string
}

/** Makes the changes, or with `isDry` none of them; `tell` is called after each. */
export async function carryOut(
  steps: readonly Step[],
  isDry: boolean,
  tell: (result: StepResult) => Promise<void>,
): Promise<void> {
  for (const { act, what, found, run } of steps) {
    if (found === undefined && !isDry) await changing(what, run)
    await tell({ what, result: found ?? (isDry ? `would ${act}` : past[act]) })
  }
}

async function changing(what: string, run: Step['run']): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new TocsinError('TCN_FILE_UNWRITABLE', `${what}: ${error.message}`, { cause: error })
  }
}

export function exists(target: Target, path: string): boolean {
  return lstatSync(placeOf(target, path), { throwIfNoEntry: false }) !== undefined
}

/** A folder; `own` is called with its place after it was made. */
export function folderStep(
  target: Target,
  path: string,
  mode: number,
  own?: (place: string) => Promise<void>,
): Step {
  return {
    act: 'create',
    what: path,
    ...(exists(target, path) && { found: 'exists' }),
    run: async () => {
      const place = placeOf(target, path)
      mkdirSync(place, { recursive: true })
      // Whatever the umask is.
      chmodSync(place, mode)
      await own?.(place)
    },
  }
}

/** A file that stays as it is if it exists. */
export function fileStep(target: Target, path: string, text: string): Step {
  return {
    act: 'create',
    what: path,
    ...(exists(target, path) && { found: 'exists' }),
    run: () => writeWhole(placeOf(target, path), text),
  }
}

/** A file that belongs to the program: another text is replaced, and kept as `<path>.old`. */
export function ownFileStep(target: Target, path: string, text: string): Step {
  const step = fileStep(target, path, text)
  if (step.found === undefined) return step
  const place = placeOf(target, path)
  if (lstatSync(place).isSymbolicLink()) {
    throw new TocsinError(
      'TCN_INSTALL_FAILED',
      `${path} is a link: systemctl unmask removes that of a masked unit`,
    )
  }
  if (readFileSync(place, 'utf8') === text) return step
  return {
    act: 'replace',
    what: path,
    run: () => {
      renameSync(place, `${place}.old`)
      writeWhole(place, text)
    },
  }
}

export function removeStep(target: Target, path: string): Step {
  return {
    act: 'remove',
    what: path,
    ...(!exists(target, path) && { found: 'absent' }),
    run: () => rmSync(placeOf(target, path), { recursive: true, force: true }),
  }
}

/** Nobody reads half of the file, and a second run finds either all of it or nothing. */
function writeWhole(place: string, text: string): void {
  const written = `${place}.${process.pid}`
  mkdirSync(dirname(place), { recursive: true })
  try {
    writeFileSync(written, text, { flag: 'wx' })
    chmodSync(written, 0o644)
    renameSync(written, place)
  } catch (error) {
    rmSync(written, { force: true })
    throw error
  }
}
