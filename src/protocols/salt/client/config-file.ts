import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { homeFolder } from '../../../config/home.js'
import { codeOf, messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { isObject } from '../../../event/json/object.js'
import { fnmatch } from '../codec/match.js'

export type Settings = Record<string, unknown>

const MAX_FILE_BYTES = 16 * 1024 * 1024
const MAX_INCLUDE_DEPTH = 16

/** The settings of a file and of the files that it includes; empty if it does not exist. Throws TCN_SALT_CONFIG. */
export function readConfigFile(path: string, defaultInclude?: string): Settings {
  const found = readSettings(path)
  if (found === undefined && defaultInclude === undefined) return {}
  const settings: Settings = found === undefined ? {} : { ...found, conf_file: path }
  const alwaysIncluded = settings.default_include ?? defaultInclude
  return {
    ...settings,
    ...includedBy(alwaysIncluded, path, 0),
    ...includedBy(settings.include, path, 0),
  }
}

/** Later names and patterns are merged over earlier ones; lists are joined and maps are merged. */
function includedBy(include: unknown, from: string, depth: number): Settings {
  if (depth > MAX_INCLUDE_DEPTH)
    throw invalid(from, `files include each other more than ${MAX_INCLUDE_DEPTH} deep`)
  const patterns = typeof include === 'string' ? [include] : Array.isArray(include) ? include.map(String) : []
  let merged: Settings = {}
  for (const file of patterns.flatMap((pattern) => matchingFiles(pattern, dirname(from)))) {
    const settings = readSettings(file) ?? {}
    const nested = settings.include === undefined ? {} : includedBy(settings.include, file, depth + 1)
    merged = merge(merged, merge(settings, nested))
  }
  return merged
}

function readSettings(path: string): Settings | undefined {
  const text = readText(path)
  if (text === undefined) return undefined
  const settings = parseSettings(path, text)
  return isObject(settings) ? settings : {}
}

/** As Salt's loader does: YAML 1.1, in which the last of repeated keys counts. */
function parseSettings(path: string, text: string): unknown {
  try {
    return parse(text, { version: '1.1', merge: true, uniqueKeys: false, logLevel: 'error' })
  } catch (error) {
    throw invalid(path, messageOf(error))
  }
}

export function readText(path: string): string | undefined {
  try {
    const { size } = statSync(path)
    if (size > MAX_FILE_BYTES) throw invalid(path, `larger than ${MAX_FILE_BYTES} bytes`)
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (TocsinError.is(error)) throw error
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw invalid(path, messageOf(error))
  }
}

function invalid(path: string, reason: string): TocsinError {
  return new TocsinError('TCN_SALT_CONFIG', `${path}: ${reason}`, { details: { path } })
}

function matchingFiles(pattern: string, folder: string): string[] {
  const path = pattern.replace(/^~(?=\/|$)/, homeFolder())
  return glob(isAbsolute(path) ? path : join(folder, path)).sort()
}

/** Python's `glob.glob`: a wildcard matches neither `/` nor a name that begins with a dot. */
function glob(path: string): string[] {
  if (!/[*?[]/.test(path)) return readText(path) === undefined ? [] : [path]
  const name = basename(path)
  const parent = dirname(path)
  const folders = /[*?[]/.test(parent) ? globFolders(parent) : [parent]
  return folders.flatMap((folder) =>
    namesIn(folder)
      .filter((found) => fnmatch(found, name) && (name.startsWith('.') || !found.startsWith('.')))
      .map((found) => join(folder, found)),
  )
}

function globFolders(path: string): string[] {
  const parent = dirname(path)
  const folders = /[*?[]/.test(parent) ? globFolders(parent) : [parent]
  const name = basename(path)
  return folders.flatMap((folder) =>
    namesIn(folder)
      .filter((found) => fnmatch(found, name))
      .map((found) => resolve(folder, found)),
  )
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function merge(into: Settings, from: Settings): Settings {
  const merged: Settings = { ...into }
  for (const [key, value] of Object.entries(from)) {
    const before = Object.hasOwn(merged, key) ? merged[key] : undefined
    if (Array.isArray(before) && Array.isArray(value)) merged[key] = [...before, ...value]
    else if (isObject(before) && isObject(value)) merged[key] = merge(before, value)
    else merged[key] = value
  }
  return merged
}
