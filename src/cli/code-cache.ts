import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname } from 'node:path'
import { cachedDataVersionTag } from 'node:v8'
import { constants, Script } from 'node:vm'
import { crc32 } from 'node:zlib'

/**
 * Loads a CommonJS module with the code that V8 compiled for it at an earlier start, instead of compiling it again. The
 * file is in ASCII but for comments, with nothing but the function of the module. The first start writes that code when
 * something is published on the diagnostics channel `started`, if the folder of the file may be written. A module that
 * was delivered with its code, as `<file>.cache`, is used with that only.
 */
export function loadWithCodeCache<Exports extends object>(
  file: string,
  started: string,
  exports: Exports,
): { exports: Exports; isCached: boolean } {
  const delivered = `${file}.cache`
  const isComplete = existsSync(delivered)
  const cache = isComplete ? delivered : cacheOf(file)
  const cachedData = readCache(cache)
  const script = new Script(readFileSync(file, 'latin1'), {
    // V8 keeps it with the code, which is then the same wherever it was made.
    filename: basename(file),
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  const isCached = cachedData !== undefined && script.cachedDataRejected === false
  if (!isCached && !isComplete) once(started, () => writeCache(cache, script.createCachedData()))
  const module = { exports }
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file))
  return { exports: module.exports, isCached }
}

/** The tag stands for the version of V8, its settings and the processor. */
function cacheOf(file: string): string {
  return `${file}.${cachedDataVersionTag().toString(16)}.cache`
}

const CHECKSUM_BYTES = 4

function readCache(path: string): Buffer | undefined {
  try {
    const bytes = readFileSync(path)
    const data = bytes.subarray(CHECKSUM_BYTES)
    // V8 would run damaged code.
    return crc32(data) === bytes.readUInt32LE(0) ? data : undefined
  } catch {
    return undefined
  }
}

function writeCache(path: string, data: Buffer): void {
  const checksum = Buffer.alloc(CHECKSUM_BYTES)
  checksum.writeUInt32LE(crc32(data))
  const fresh = `${path}.${process.pid}`
  try {
    writeFileSync(fresh, Buffer.concat([checksum, data]))
    renameSync(fresh, path)
  } catch {
    // Somebody else may own the folder: then each start compiles the program.
    rmSync(fresh, { force: true })
  }
}

function once(name: string, listener: () => void): void {
  const first = () => {
    unsubscribe(name, first)
    listener()
  }
  subscribe(name, first)
}
