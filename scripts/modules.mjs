/** Makes functions of the modules that esbuild writes, for the loader of the program (src/cli/modules.ts). */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { StepFailed } from './steps.mjs'

/** In a module, the address and the path of a file in the folder of all. */
export const PLACES = { 'import.meta.url': '$place', __filename: '$file' }

const OTHER_COMMANDS = /^src\/cli\/commands\/(?!serve\/)/

/** Returns two files, one of the modules that a hub may need, an index of them, and the sources of each. */
export function filesOfModules({ outputFiles, metafile }) {
  const ofHub = modulesOfHub(metafile)
  const outputs = namedOutputs(metafile)
  const modules = outputFiles.map(({ path, text }) => {
    const name = basename(path)
    return { name, isOfHub: ofHub.has(name), text: asFunction(name, text, outputs.get(name).imports) }
  })
  const hub = joined(
    'hub',
    modules.filter(({ isOfHub }) => isOfHub),
  )
  const others = joined(
    'others',
    modules.filter(({ isOfHub }) => !isOfHub),
  )
  const index = { hub: hub.file, modules: { ...hub.places, ...others.places } }
  const sources = Object.fromEntries([...outputs].map(([name, { inputs }]) => [name, Object.keys(inputs)]))
  return {
    [hub.file]: hub.text,
    [others.file]: others.text,
    'modules.json': JSON.stringify(index),
    'sources.json': JSON.stringify(sources),
  }
}

/** All modules in the function of one, which exports them. Another program has another name, and so another cache. */
function joined(name, modules) {
  let text = '(function (exports, require, module, __filename, __dirname) {module.exports = {\n'
  const starts = modules.map((module) => {
    text += `${JSON.stringify(module.name)}: `
    const start = text.length
    text += `${module.text},\n`
    return start
  })
  text += '}})'
  const file = `${name}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}.cjs`
  const places = modules.map(({ name, text }, index) => [
    name,
    { file, start: starts[index], length: text.length },
  ])
  return { file, text, places: Object.fromEntries(places) }
}

function namedOutputs({ outputs }) {
  return new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]))
}

/** The names of the modules that `tocsin serve` may load, without what only other commands load when they run. */
function modulesOfHub(metafile) {
  const outputs = namedOutputs(metafile)
  const bySource = new Map([...outputs].map(([name, { entryPoint }]) => [entryPoint, name]))
  const found = new Set([bySource.get('src/cli/main.ts')])
  for (const name of found) {
    const { imports, inputs } = outputs.get(name)
    for (const path of imported(imports, 'import-statement')) found.add(basename(path))
    for (const source of Object.keys(inputs).filter((source) => !OTHER_COMMANDS.test(source)))
      for (const path of imported(metafile.inputs[source].imports, 'dynamic-import'))
        found.add(bySource.get(path))
  }
  return found
}

function imported(imports, kind) {
  return imports.filter((each) => each.kind === kind && !each.external).map(({ path }) => path)
}

/** esbuild writes all imports of a module as statements like these, and its exports as the last one. */
const IMPORT =
  /\bimport(?:\s+([\w$]+))?,?\s*(?:\*\s*as\s+([\w$]+)|\{([^}]*)\})?(?:\s*from)?\s*"([^"]+)"\s*;?/g
const EXPORT = /\bexport\s*\{([^}]*)\}\s*;?\s*$/
/** … or as this, of a package in CommonJS. */
const EXPORT_DEFAULT = /\bexport default\s+([\w$]+\(\))\s*;?\s*$/
const LATER = /\bimport\(\s*"([^"]+)"\s*\)/g
const LEFT =
  /\b(?:import|export)(?:\s+default\b|\s+[\w$]+\s+from\s*"|\s*\{[^}]*\}\s*from\s*"|\*\s*as |\.meta\b)/

/** A module as a function that returns what it exports, as it is then. */
export function asFunction(name, text, imports) {
  const paths = new Set(
    imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => nameOf(path)),
  )
  const before = []
  const body = text
    .replace(IMPORT, (statement, all, namespace, names, path) => {
      if (!paths.has(nameOf(path))) return statement
      before.push(...statements(nameOf(path), { all, namespace, names }))
      return ''
    })
    .replace(EXPORT, (_, names) => returned(name, text, pairs(names)))
    .replace(EXPORT_DEFAULT, (_, value) => `return{default:${value}}`)
    .replace(LATER, (_, path) => `${path.startsWith('./') ? '$later' : '$import'}("${nameOf(path)}")`)
  const left = LEFT.exec(body)
  if (left !== null)
    throw new StepFailed(`${name} has another kind of import: ${body.substr(left.index, 100)}`)
  if (/[^\x00-\x7f]/.test(body)) throw new StepFailed(`${name} is not in ASCII.`)
  return `(function($load,$later,require,$import,$default,$place,$file){"use strict";${before.join('')}${body}\n})`
}

function returned(name, text, exported) {
  const changing = exported.map(([inner]) => inner).filter((inner) => isAssigned(text, inner))
  if (changing.length > 0)
    throw new StepFailed(
      `${name} exports ${changing} and assigns it later, which importers would not see: export a function or an object instead.`,
    )
  return `return{${exported.map(([inner, outer]) => `${outer}:${inner}`)}}`
}

/** Returns whether a variable gets a value elsewhere than where it is declared. */
function isAssigned(text, name) {
  const variable = name.replaceAll('$', '\\$&')
  const after = String.raw`(?:\+\+|--|\s*(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?=(?![=>]))`
  const assigned = new RegExp(
    String.raw`(?<!\b(?:var|let|const|class) )(?<![.\w$])${variable}${after}|(?:\+\+|--)${variable}(?![\w$])`,
  )
  return assigned.test(text)
}

/** Modules are named by their files, packages by their own names. */
function nameOf(path) {
  return /^\.\/|\/bundle\//.test(path) ? basename(path) : path
}

function statements(path, { all, namespace, names }) {
  const loaded = path.endsWith('.js') ? `$load("${path}")` : `require("${path}")`
  const taken = []
  if (all !== undefined) taken.push(`const ${all}=$default(${loaded});`)
  if (namespace !== undefined) taken.push(`const ${namespace}=${loaded};`)
  if (names !== undefined) taken.push(`const{${pairs(names).map((pair) => pair.join(':'))}}=${loaded};`)
  return taken.length === 0 ? [`${loaded};`] : taken
}

/** Reads `a as b,c`. */
function pairs(names) {
  return names
    .split(',')
    .filter((name) => name.trim() !== '')
    .map((name) => name.trim().split(/\s+as\s+/))
    .map(([first, second = first]) => [first, second])
}
