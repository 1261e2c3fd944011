import { expect } from 'vitest'
import { session } from './memory-files.js'
import { Stage } from './stage.js'

/** What the current test has, if its file calls `begin` before each test. */
export let stage: Stage
export let runtime: Stage['runtime']
export let files: Stage['files']
export let store: Stage['store']

export const ann = session('ann')
export const bob = session('bob')

/** Starts the store anew, as a hub does that is started again. */
export async function start(): Promise<string | undefined> {
  try {
    return await stage.start()
  } finally {
    store = stage.store
  }
}

/** Makes a store of its own for a test, and starts it. */
export async function begin(): Promise<void> {
  stage = new Stage()
  ;({ runtime, files } = stage)
  await start()
}

export const code = (of: string) => expect.objectContaining({ code: of })
