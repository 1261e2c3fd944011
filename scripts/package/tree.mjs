/** The tree of a Debian package: filling it, its control files, and making the package of it. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root, run, StepFailed, say } from '../steps.mjs'

export const MAINTAINER = process.env.DEBEMAIL ?? 'Tocsin maintainers <tocsin@localhost>'
/** The same sources make the same package. */
export const time = Number(process.env.SOURCE_DATE_EPOCH ?? git('log', '-1', '--format=%ct') ?? 0)

export function copy(tree, from, to) {
  mkdirSync(dirname(join(tree, to)), { recursive: true })
  // Python leaves compiled modules beside the sources.
  const filter = (path) => basename(path) !== '__pycache__'
  cpSync(join(root, from), join(tree, to), { recursive: true, filter })
}

export function write(tree, path, content) {
  mkdirSync(dirname(join(tree, path)), { recursive: true })
  writeFileSync(join(tree, path), content)
}

export function zipped(content) {
  return gzipSync(content, { level: 9 })
}

/** Writes the log of changes that Debian wants. */
export function changelog(tree, name, version) {
  const date = new Date(time * 1000).toUTCString().replace('GMT', '+0000')
  const entry = `${name} (${version}) stable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- ${MAINTAINER}  ${date}\n`
  write(tree, `usr/share/doc/${name}/changelog.gz`, zipped(entry))
}

/** Writes the control file, with the size of what is in the tree, and the checksums. */
export function control(tree, fields, description) {
  const files = filesIn(tree)
  const size = files.reduce((sum, file) => sum + Math.ceil(lstatSync(join(tree, file)).size / 1024), 0)
  const all = { ...fields, Maintainer: MAINTAINER, 'Installed-Size': size, Priority: 'optional' }
  const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}\n`)
  write(tree, 'DEBIAN/control', `${lines.join('')}Description: ${description}`)
  const sums = files
    .filter((file) => lstatSync(join(tree, file)).isFile() && !file.startsWith('etc/'))
    .map((file) => `${md5(join(tree, file))}  ${file}\n`)
  write(tree, 'DEBIAN/md5sums', sums.join(''))
}

/** Makes the package. Modes and times of its files do not depend on the machine that builds. */
export function pack(tree, output, { fast, programs = [] }) {
  settle(tree, new Set([...programs, 'DEBIAN/postinst', 'DEBIAN/prerm', 'DEBIAN/postrm']))
  say('Compressing …')
  const compression = fast ? ['-Zgzip', '-z1'] : ['-Zxz']
  const made = run('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree, output], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(time) },
  })
  if (made !== 0) throw new StepFailed('dpkg-deb failed.')
  say(`${output} (${(statSync(output).size / 1e6).toFixed(1)} MB)`)
}

function settle(tree, programs) {
  for (const path of ['', ...readdirSync(tree, { recursive: true, encoding: 'utf8' })]) {
    const file = join(tree, path)
    const entry = lstatSync(file)
    if (entry.isSymbolicLink()) continue
    chmodSync(file, entry.isDirectory() || programs.has(path) ? 0o755 : 0o644)
    utimesSync(file, time, time)
  }
}

function filesIn(tree) {
  return readdirSync(tree, { recursive: true, encoding: 'utf8' })
    .filter((path) => !lstatSync(join(tree, path)).isDirectory())
    .sort()
}

function md5(file) {
  return createHash('md5').update(readFileSync(file)).digest('hex')
}

function git(...args) {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined
  }
}
