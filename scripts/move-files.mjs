/**
 * Moves files of the repository, and changes what names them: imports, paths in code and comments, pages.
 *
 *   node scripts/move-files.mjs < MOVES
 *
 * Each line of MOVES names a file or folder below `src`, and its new place: `log/jetstream/ cluster/log/`. The first line that
 * fits a file counts. Tests move as their sources do. Mentions to change by hand are printed.
 */
import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

const TEXTS = /\.(?:tsx?|mjs|json|md|ya?ml|sh|py|html)$|^\.ci\//
/** Recorded, generated, or about the past. */
const LEFT = /^test\/vectors\/|^package-lock\.json$|^CHANGELOG\.md$/
const ENDINGS = { '.js': ['.ts', '.tsx', '.d.ts'], '': ['.ts'] }

/** Returns where a file goes; the same path if it stays. */
function placesOf(lines) {
  const moves = lines.map((line) => line.trim().split(/\s+/)).filter(([from]) => from)
  return (path) => {
    const [, tree, rest] = /^(src\/|test\/node\/|test\/)(.*)$/.exec(path) ?? []
    const move = moves.find(
      ([from]) => rest !== undefined && (from.endsWith('/') ? rest.startsWith(from) : rest === from),
    )
    return move === undefined ? path : tree + move[1] + rest.slice(move[0].length)
  }
}

/** The files and folders before the moves, and their new places. */
class Tree {
  constructor(files, placeOf) {
    this.files = new Set(files)
    this.placeOf = placeOf
    this.moved = files.filter((file) => placeOf(file) !== file)
    this.folders = new Map()
    for (const file of files) this.#addFolders(file)
  }

  /** A folder has a new place if all of its files keep theirs within it. */
  #addFolders(file) {
    const place = this.placeOf(file)
    for (let folder = posix.dirname(file); folder !== '.'; folder = posix.dirname(folder)) {
      const rest = file.slice(folder.length)
      const own = place.endsWith(rest) ? place.slice(0, -rest.length) : 'divided'
      const known = this.folders.get(folder)
      this.folders.set(folder, known === undefined || known === own ? own : 'divided')
    }
  }

  /** Returns the new place of a path that code names; undefined if it names nothing, `divided` for a divided folder. */
  newPlace(path) {
    const clean = path.replace(/\/$/, '')
    const slash = path.endsWith('/') ? '/' : ''
    if (this.files.has(clean)) return this.placeOf(clean) + slash
    for (const [ending, others] of Object.entries(ENDINGS)) {
      if (!clean.endsWith(ending)) continue
      const stem = ending === '' ? clean : clean.slice(0, -ending.length)
      const other = others.find((each) => this.files.has(stem + each))
      if (other !== undefined) return this.placeOf(stem + other).slice(0, -other.length) + ending
    }
    const folder = this.folders.get(clean)
    return folder === undefined || folder === 'divided' ? folder : folder + slash
  }
}

function relativePath(from, to) {
  const path = posix.relative(posix.dirname(from), to) || '.'
  return (path.startsWith('.') ? path : `./${path}`) + (to.endsWith('/') ? '/' : '')
}

/** Changes the paths in a text. */
class Rewriter {
  #tree
  #file
  #report

  constructor(tree, file, report) {
    this.#tree = tree
    this.#file = file
    this.#report = (what) => report(`${file}: ${what}`)
  }

  rewritten(text) {
    const parts = [(each) => this.#relativePaths(each, this.#file, this.#tree.placeOf(this.#file))]
    if (this.#file.endsWith('.md'))
      parts.unshift(
        (each) => this.#examples(each),
        (each) => this.#namedFolders(each),
      )
    parts.push(
      (each) => this.#paths(each),
      (each) => this.#pathsBelowSource(each),
    )
    return parts.reduce((each, part) => part(each), text)
  }

  /** `./a.js`, `../b/` in quotes, of imports, or in links of pages. */
  #relativePaths(text, before, after) {
    return text.replace(/(['"`(])(\.{1,2}\/[^'"`()\s?#]*|\.\.)(?=['"`)?#])/g, (all, open, path) => {
      const target = posix.join(posix.dirname(before), path)
      if (path.includes('${')) {
        if (before !== after || /^(?:src|test)\//.test(target)) this.#report(path)
        return all
      }
      const place = this.#tree.newPlace(target)
      if (place === 'divided' || (place === undefined && before !== after && path.startsWith('../')))
        this.#report(path)
      if (place === undefined || place === 'divided' || (place === target && before === after)) return all
      return open + relativePath(after, place)
    })
  }

  /** Blocks of pages that are files of their own: ```ts src/faces/lines/index.ts */
  #examples(text) {
    const { placeOf } = this.#tree
    return text.replace(/^```(ts|diff) ((?:src|test)\/\S+)\n([\s\S]*?)^```/gm, (_, language, label, body) => {
      const after = placeOf(label)
      const lines = body.replace(
        /(from |import\(|import |module )'(\.{1,2}\/[^']*)'/g,
        (_import, before, path) => {
          const target = posix.join(posix.dirname(label), path).replace(/\.js$/, '.ts')
          return `${before}'${relativePath(after, placeOf(target)).replace(/\.ts$/, '.js')}'`
        },
      )
      return `\`\`\`${language} ${after}\n${lines}\`\`\``
    })
  }

  /** `log/lmdb/`, below `src`, in pages. */
  #namedFolders(text) {
    return text.replace(/`([a-z][\w-]*\/(?:[\w-]+\/?)*)`/g, (all, path) => {
      const place = this.#tree.newPlace(`src/${path}`)
      return place === undefined || place === 'divided' ? all : `\`${place.slice('src/'.length)}\``
    })
  }

  /** `src/log/index.ts`, `test/log/`, `dist/declarations/log/index.d.ts`. */
  #paths(text) {
    const named = text.replace(/(?<![\w./-])(?:src|test)\/(?:[\w@.{},*-]+\/)*[\w@.*-]*/g, (path) => {
      const end = /[.,]+$/.exec(path)?.[0] ?? ''
      const place = this.#tree.newPlace(path.slice(0, path.length - end.length))
      if (place === 'divided' || /[*{]/.test(path)) this.#report(path)
      return place === undefined || place === 'divided' ? path : place + end
    })
    return named.replace(/(?<=dist\/declarations\/)[\w./-]+(?=\.d\.ts)/g, (path) => {
      const place = this.#tree.newPlace(`src/${path}.ts`)
      return place?.slice('src/'.length, -'.ts'.length) ?? path
    })
  }

  /** `log/lmdb/engine.ts` in comments and pages, and in quotes of scripts also without its ending. */
  #pathsBelowSource(text) {
    const below = (path) => {
      const place = this.#tree.newPlace(`src/${path}`)
      return place === undefined || place === 'divided' ? path : place.slice('src/'.length)
    }
    const named = text.replace(/(?<![\w./'"-])[a-z][\w-]*(?:\/[\w-]+)+\.ts\b/g, below)
    if (!this.#file.startsWith('scripts/')) return named
    return named.replace(/(?<=['"])[a-z][\w-]*(?:\/[\w-]+)+(?:\.[jt]s)?(?=['"])/g, below)
  }
}

/** Moves the files of the folder, and returns the mentions that have to be changed by hand. */
export function moveFiles(folder, lines) {
  const git = (...args) => execFileSync('git', args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 })
  const at = (path) => posix.join(folder, path)
  const tree = new Tree(git('ls-files').trim().split('\n'), placesOf(lines))
  const reports = []
  for (const file of tree.files) {
    if (!TEXTS.test(file) || LEFT.test(file) || lstatSync(at(file)).isSymbolicLink()) continue
    const text = readFileSync(at(file), 'utf8')
    const changed = new Rewriter(tree, file, (report) => reports.push(report)).rewritten(text)
    if (changed !== text) writeFileSync(at(file), changed)
  }
  for (const file of tree.moved) {
    mkdirSync(posix.dirname(at(tree.placeOf(file))), { recursive: true })
    renameSync(at(file), at(tree.placeOf(file)))
  }
  git('add', '--all')
  return { moved: tree.moved.length, reports }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { moved, reports } = moveFiles(process.cwd(), (await textOf(process.stdin)).split('\n'))
  console.log([...reports, `${moved} files have moved`].join('\n'))
}
