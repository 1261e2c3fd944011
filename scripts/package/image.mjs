// npm run package:image: makes an OCI image of the command as one executable, with buildah and without a registry.
//   --output FOLDER    where to (default: .cache)
//   --executable DIR   a folder that scripts/package/executable.mjs made, instead of a new one
// The C libraries are those of this machine.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { report, requireNode, root, run, StepFailed, say } from '../steps.mjs'
import { legalDocuments } from './legal.mjs'
import { newExecutable } from './new-executable.mjs'
import { time, write } from './tree.mjs'

const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const { values: options } = parseArgs({
  options: { output: { type: 'string', default: join(root, '.cache') }, executable: { type: 'string' } },
})
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' }

/** The user of packaging/oci: the number is the same in every image, so that volumes keep their owner. */
const USER = 4580
/** Folders of that user, with modes that let no other in. */
const OWN = ['var/lib/tocsin', 'run/tocsin']

try {
  requireNode()
  await makeImage()
} catch (error) {
  report(error)
}

async function makeImage() {
  const architecture = ARCHITECTURES[process.arch]
  if (process.platform !== 'linux' || architecture === undefined)
    throw new StepFailed(`There is no image for ${process.platform} on ${process.arch}.`)
  const executable = options.executable ?? (await newExecutable())
  const work = join(options.output, `image-${process.pid}`)
  const output = join(options.output, `tocsin-${about.version}-${architecture}.oci.tar`)
  try {
    const tree = join(work, 'root')
    fill(tree, executable)
    archive(tree, join(work, 'root.tar'))
    build(work, output)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  say(`${output} (${(statSync(output).size / 1e6).toFixed(1)} MB)`)
}

function fill(tree, executable) {
  cpSync(executable, join(tree, 'usr/lib/tocsin'), { recursive: true })
  mkdirSync(join(tree, 'usr/bin'), { recursive: true })
  symlinkSync('../lib/tocsin/tocsin', join(tree, 'usr/bin/tocsin'))
  for (const library of librariesOf(executable)) {
    copyFile(tree, library, library)
    for (const text of licencesOf(library)) copyFile(tree, text, text)
  }
  legalDocuments(tree, 'usr/share/doc/tocsin', about.version)
  write(
    tree,
    'etc/passwd',
    `root:x:0:0::/:/sbin/nologin\ntocsin:x:${USER}:${USER}::/var/lib/tocsin:/sbin/nologin\n`,
  )
  write(tree, 'etc/group', `root:x:0:\ntocsin:x:${USER}:\n`)
  for (const folder of ['etc/tocsin', 'tmp', ...OWN]) mkdirSync(join(tree, folder), { recursive: true })
  chmodSync(join(tree, 'tmp'), 0o1777)
  for (const folder of OWN) chmodSync(join(tree, folder), 0o700)
}

function copyFile(tree, from, to) {
  mkdirSync(dirname(join(tree, to)), { recursive: true })
  cpSync(realpathSync(from), join(tree, to))
}

/** The libraries that the executable and its addons load, each at the path where they look for it. */
function librariesOf(executable) {
  const programs = readdirSync(executable, { recursive: true, encoding: 'utf8' })
    .filter((path) => path === 'tocsin' || path.endsWith('.node'))
    .map((path) => join(executable, path))
  const needed = programs.flatMap((program) =>
    execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n'),
  )
  return new Set(needed.flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []))
}

/** The file with the licence of a library, as Debian has it. Its list of files may have the path that a link leads to. */
function licencesOf(library) {
  const owners = [library, realpathSync(library)].flatMap(
    (path) => spawnSync('dpkg-query', ['--search', path], { encoding: 'utf8' }).stdout?.split(':', 1) ?? [],
  )
  const texts = owners.map((owner) => `/usr/share/doc/${owner}/copyright`)
  return new Set(texts.filter((text) => existsSync(text)))
}

/** Owners, times and order in the archive do not depend on the machine that builds. */
function archive(tree, output) {
  const common = ['--format=gnu', '--sort=name', `--mtime=@${time}`, '--numeric-owner', '-C', tree]
  const owner = (id) => [`--owner=${id}`, `--group=${id}`]
  const without = OWN.map((folder) => `--exclude=./${folder}`)
  tar(['-cf', output, ...common, ...owner(0), ...without, '.'])
  tar(['-rf', output, ...common, ...owner(USER), ...OWN.map((folder) => `./${folder}`)])
}

function tar(options) {
  if (run('tar', options) !== 0) throw new StepFailed('tar failed.')
}

/** Nothing is run in the image while it is made, so that neither privileges nor a container are needed. */
function build(work, output) {
  const buildah = (...words) => {
    const places = [
      '--root',
      join(work, 'storage'),
      '--runroot',
      join(work, 'run'),
      '--storage-driver',
      'vfs',
    ]
    if (run('buildah', [...places, ...words]) !== 0) throw new StepFailed('buildah failed.')
  }
  const labels = {
    title: 'tocsin',
    description: about.description,
    version: about.version,
    licenses: about.license,
  }
  const annotated = Object.entries(labels).flatMap(([name, value]) => [
    '--label',
    `org.opencontainers.image.${name}=${value}`,
  ])
  const recipe = join(root, 'packaging/oci/scratch.Containerfile')
  const tag = `tocsin:${about.version}`
  const settings = ['--isolation', 'chroot', '--format', 'oci', '--timestamp', String(time)]
  buildah('build', ...settings, ...annotated, '--file', recipe, '--tag', tag, work)
  rmSync(output, { force: true })
  buildah('push', '--quiet', tag, `oci-archive:${output}:${tag}`)
}
