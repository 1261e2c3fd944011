// npm run package:deb: makes a Debian package with the command as one executable, which needs no Node.js.
//   --output FOLDER    where to (default: .cache)
//   --version VERSION  instead of the version in package.json
//   --executable DIR   a folder that scripts/package/executable.mjs made, instead of a new one
//   --fast             compresses little, for tests
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { report, requireNode, root, StepFailed } from '../steps.mjs'
import { legalDocuments } from './legal.mjs'
import { newExecutable } from './new-executable.mjs'
import { changelog, control, copy, pack, write, zipped } from './tree.mjs'

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
    describe(tree, architecture)
    pack(tree, output, { fast: options.fast, programs: ['usr/lib/tocsin/tocsin'] })
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

function fill(tree, executable) {
  cpSync(executable, join(tree, 'usr/lib/tocsin'), { recursive: true })
  copy(tree, 'python', 'usr/lib/tocsin/python')
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
  copy(tree, 'packaging/prometheus', `${folder}/monitoring/prometheus`)
  copy(tree, 'packaging/grafana', `${folder}/monitoring/grafana`)
  for (const page of manual()) rmSync(join(tree, folder, page), { force: true })
  rmSync(join(tree, folder, 'docs/pictures'), { recursive: true })
  legalDocuments(tree, folder, options.version)
  changelog(tree, 'tocsin', options.version)
}

function describe(tree, architecture) {
  control(
    tree,
    {
      Package: 'tocsin',
      Version: options.version,
      Architecture: architecture,
      Depends: 'libc6 (>= 2.34), libgcc-s1, libstdc++6 (>= 11), adduser | systemd',
      Suggests: 'python3-tocsin',
      Section: 'net',
    },
    `${about.description.replace(/\.$/, '')}
 Tocsin turns what hosts and programs report into one stream of events, which
 is stored, and can be followed, replayed and filtered. This package has the
 hub, which runs as a service, and the command tocsin. It contains Node.js.
`,
  )
  write(tree, 'DEBIAN/conffiles', '/etc/tocsin/tocsin.yaml\n/etc/tocsin/bridge.yaml\n')
  for (const script of ['postinst', 'prerm', 'postrm'])
    copy(tree, `packaging/debian/${script}`, `DEBIAN/${script}`)
}
