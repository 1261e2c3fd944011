// npm run package:deb: makes a Debian package with the command as one executable, which needs no Node.js.
//   --output FOLDER    where to (default: .cache)
//   --version VERSION  instead of the version in package.json
//   --executable DIR   a folder that scripts/package/executable.mjs made, instead of a new one
//   --fast             compresses little, for tests
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { ensureBuilt } from '../compile.mjs'
import { ensureInstalled } from '../install.mjs'
import { report, requireNode, root, run, StepFailed, say } from '../steps.mjs'

const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const { values: options } = parseArgs({
  options: {
    output: { type: 'string', default: join(root, '.cache') },
    version: { type: 'string', default: about.version },
    executable: { type: 'string' },
    fast: { type: 'boolean', default: false },
  },
})
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' }
const MAINTAINER = process.env.DEBEMAIL ?? 'Tocsin maintainers <tocsin@localhost>'
/** The same sources make the same package. */
const time = Number(process.env.SOURCE_DATE_EPOCH ?? git('log', '-1', '--format=%ct') ?? 0)

try {
  requireNode()
  await makePackage()
} catch (error) {
  report(error)
}

async function makePackage() {
  const architecture = ARCHITECTURES[process.arch]
  if (process.platform !== 'linux' || architecture === undefined) {
    throw new StepFailed(`There is no Debian package for ${process.platform} on ${process.arch}.`)
  }
  const executable = options.executable ?? (await newExecutable())
  const tree = join(options.output, `deb-${process.pid}`)
  const output = join(options.output, `tocsin_${options.version}_${architecture}.deb`)
  try {
    fill(tree, executable)
    control(tree, architecture)
    settle(tree)
    say('Compressing …')
    const compression = options.fast ? ['-Zgzip', '-z1'] : ['-Zxz']
    const made = run('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree, output], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(time) },
    })
    if (made !== 0) throw new StepFailed('dpkg-deb failed.')
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
  say(`${output} (${(statSync(output).size / 1e6).toFixed(1)} MB)`)
}

async function newExecutable() {
  await ensureInstalled()
  await ensureBuilt()
  const { makeExecutable } = await import('./executable.mjs')
  const folder = join(root, '.cache/executable')
  say('Making the executable …')
  await makeExecutable(folder)
  return folder
}

function fill(tree, executable) {
  cpSync(executable, join(tree, 'usr/lib/tocsin'), { recursive: true })
  mkdirSync(join(tree, 'usr/bin'), { recursive: true })
  symlinkSync('../lib/tocsin/tocsin', join(tree, 'usr/bin/tocsin'))
  write(tree, 'usr/lib/systemd/system/tocsin.service', unit())
  copy(tree, 'packaging/systemd/tocsin-bridge.service', 'usr/lib/systemd/system/tocsin-bridge.service')
  copy(tree, 'packaging/debian/tocsin.sysusers', 'usr/lib/sysusers.d/tocsin.conf')
  copy(tree, 'packaging/tocsin.yaml', 'etc/tocsin/tocsin.yaml')
  copy(tree, 'packaging/bridge.yaml', 'etc/tocsin/bridge.yaml')
  mkdirSync(join(tree, 'etc/tocsin/bridge-keys'))
  for (const page of manual()) {
    const section = page.at(-1)
    write(tree, `usr/share/man/man${section}/${basename(page)}.gz`, zipped(readFileSync(join(root, page))))
  }
  const completion = (shell) => execFileSync(join(executable, 'tocsin'), ['completion', shell])
  write(tree, 'usr/share/bash-completion/completions/tocsin', completion('bash'))
  write(tree, 'usr/share/zsh/vendor-completions/_tocsin', completion('zsh'))
  write(tree, 'usr/share/fish/vendor_completions.d/tocsin.fish', completion('fish'))
  documentation(tree)
}

/** A package has a user of its own for good, so that its data keeps one owner. */
function unit() {
  return readFileSync(join(root, 'packaging/systemd/tocsin.service'), 'utf8').replace(
    /^DynamicUser=yes\n/m,
    '',
  )
}

/** The pages in the folder that package.json names. */
function manual() {
  return readdirSync(join(root, about.directories.man)).map((page) => join(about.directories.man, page))
}

function documentation(tree) {
  const folder = 'usr/share/doc/tocsin'
  for (const page of ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md'])
    copy(tree, page, `${folder}/${page}`)
  copy(tree, 'docs', `${folder}/docs`)
  for (const page of manual()) rmSync(join(tree, folder, page), { force: true })
  write(tree, `${folder}/copyright`, copyright())
  const date = new Date(time * 1000).toUTCString().replace('GMT', '+0000')
  const entry = `tocsin (${options.version}) stable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- ${MAINTAINER}  ${date}\n`
  write(tree, `${folder}/changelog.gz`, zipped(entry))
}

/** Names the licences of everything that the executable contains. */
function copyright() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const bundled = Object.entries(packages)
    .filter(([path, { dev, optional }]) => path !== '' && !dev && !optional)
    .map(([path, { version, license }]) => ` ${path.replace(/^.*node_modules\//, '')} ${version}: ${license}`)
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Tocsin

Files: *
Copyright: the authors of Tocsin
License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.
Comment:
 /usr/lib/tocsin/tocsin contains Node.js ${process.versions.node} (MIT, with the licences of its parts),
 lmdb.node contains LMDB (OpenLDAP Public License), and the program contains these packages:
${bundled.join('\n')}
`
}

function control(tree, architecture) {
  const files = filesIn(tree)
  const size = files.reduce((sum, file) => sum + Math.ceil(lstatSync(join(tree, file)).size / 1024), 0)
  write(
    tree,
    'DEBIAN/control',
    `Package: tocsin
Version: ${options.version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${size}
Depends: libc6 (>= 2.34), libgcc-s1, libstdc++6 (>= 11), adduser | systemd
Section: net
Priority: optional
Description: ${about.description.replace(/\.$/, '')}
 Tocsin turns what hosts and programs report into one stream of events, which
 is stored, and can be followed, replayed and filtered. This package has the
 hub, which runs as a service, and the command tocsin. It contains Node.js.
`,
  )
  write(tree, 'DEBIAN/conffiles', '/etc/tocsin/tocsin.yaml\n/etc/tocsin/bridge.yaml\n')
  const sums = files
    .filter((file) => lstatSync(join(tree, file)).isFile() && !file.startsWith('etc/'))
    .map(
      (file) =>
        `${createHash('md5')
          .update(readFileSync(join(tree, file)))
          .digest('hex')}  ${file}\n`,
    )
  write(tree, 'DEBIAN/md5sums', sums.join(''))
  for (const script of ['postinst', 'prerm', 'postrm'])
    copy(tree, `packaging/debian/${script}`, `DEBIAN/${script}`)
}

/** Modes and times do not depend on the machine that builds. */
function settle(tree) {
  for (const path of ['', ...readdirSync(tree, { recursive: true, encoding: 'utf8' })]) {
    const file = join(tree, path)
    const entry = lstatSync(file)
    if (entry.isSymbolicLink()) continue
    const isProgram = /^(usr\/lib\/tocsin\/tocsin|DEBIAN\/(postinst|prerm|postrm))$/.test(path)
    chmodSync(file, entry.isDirectory() || isProgram ? 0o755 : 0o644)
    utimesSync(file, time, time)
  }
}

function filesIn(tree) {
  return readdirSync(tree, { recursive: true, encoding: 'utf8' })
    .filter((path) => !lstatSync(join(tree, path)).isDirectory())
    .sort()
}

function copy(tree, from, to) {
  mkdirSync(dirname(join(tree, to)), { recursive: true })
  cpSync(join(root, from), join(tree, to), { recursive: true })
}

function write(tree, path, content) {
  mkdirSync(dirname(join(tree, path)), { recursive: true })
  writeFileSync(join(tree, path), content)
}

function zipped(content) {
  return gzipSync(content, { level: 9 })
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
