import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { makeFolders } from '../../../storage/folder.js'

/** Says that the folder is ours, and not finished. */
const MARK = 'UNFINISHED'

/** A folder that is filled beside its place, and gone if that fails. */
export class FreshFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** Throws TCN_RESTORE_NOT_EMPTY if something else has this name. What a killed process has left may go. */
  check(): void {
    if (!existsSync(this.path) || existsSync(join(this.path, MARK)) || readdirSync(this.path).length === 0)
      return
    throw new TocsinError('TCN_RESTORE_NOT_EMPTY', `${this.path} is in the way, and is not empty`)
  }

  async fill<Result>(build: (path: string) => Promise<Result>): Promise<Result> {
    this.check()
    this.#remove()
    try {
      makeFolders(this.path, 0o700)
      writeFileSync(join(this.path, MARK), '')
      const result = await build(this.path)
      rmSync(join(this.path, MARK))
      return result
    } catch (error) {
      this.#remove()
      throw error
    }
  }

  #remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
