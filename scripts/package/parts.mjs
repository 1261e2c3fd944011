/** The packages whose code Tocsin is delivered with, on a machine such as this one. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { root } from '../steps.mjs'

/** A tool that compiles: nothing of it is in the result. */
const TOOL = 'esbuild'
/** The addon that is put beside the executable; all others are optional, and left out of it. */
const ADDON = `@lmdb/lmdb-${process.platform}-${process.arch}`

/** Returns name, version, licence and folder of each, by name. `executable`: of those that the executable contains. */
export function parts({ executable = false } = {}) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const inConsole = bundledWith(packages)
  return Object.entries(packages)
    .map(([path, each]) => ({ ...each, path, name: path.replace(/^.*node_modules\//, '') }))
    .filter(({ path, name, dev }) => path !== '' && (!dev || inConsole.has(name)))
    .filter(({ name, optional }) => !executable || !optional || name === ADDON)
    .map((each) => ({ ...each, folder: folderOf(each) }))
    .filter(({ folder }) => folder !== undefined)
    .map(({ name, version, license, folder }) => ({
      name,
      version,
      folder,
      license: license ?? licenceIn(about(folder)),
    }))
    .sort((one, other) => (`${one.name}@${one.version}` < `${other.name}@${other.version}` ? -1 : 1))
}

/** The addon of LMDB for systems with glibc, which works with all versions of Node.js. */
export function lmdbAddon() {
  const lmdb = createRequire(createRequire(import.meta.url).resolve('lmdb'))
  return join(dirname(lmdb.resolve(`${ADDON}/package.json`)), 'node.napi.glibc.node')
}

export function about(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** Some packages have a list, as all had it once. */
function licenceIn({ license, licenses }) {
  return license ?? licenses?.[0]?.type
}

/** Undefined for packages for other machines, which are not installed. */
function folderOf({ path, name }) {
  const folders = [join(root, path), join(root, 'scripts/compiler/node_modules', name)]
  return folders.find((folder) => existsSync(join(folder, 'package.json')))
}

/** Packages of developers whose code is part of the console: what it is compiled with, and what that needs itself. */
function bundledWith(packages) {
  const compiler = about(join(root, 'scripts/compiler'))
  const found = new Set(Object.keys(compiler.dependencies).filter((name) => name !== TOOL))
  for (const name of found) {
    for (const needed of Object.keys(packages[`node_modules/${name}`].dependencies ?? {})) found.add(needed)
  }
  return found
}
